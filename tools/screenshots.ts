/**
 * Takes the pictures of the live page for README and guide: real daemons, real peers, the real page. About seven
 * minutes; needs a build, Chromium and, for calm round trips, a machine with nothing else to do.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchBrowser, openPage } from '../test/support/browser.ts';
import { peermeter, startDaemonProcess } from '../test/support/daemon.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');

/** What happens before a picture is taken: it fills the plots. */
interface Scene {
  readonly daemon: readonly string[];
  /** Given to the swarm as a scenario file. */
  readonly scenario: string;
  readonly ms: number;
  /** The choice of the page that shows as much, in minutes. */
  readonly span: number;
  readonly pictures: readonly Picture[];
}

interface Picture {
  readonly file: string;
  readonly context: BrowserContextOptions;
}

const DESKTOP = { viewport: { width: 1280, height: 950 }, deviceScaleFactor: 1.25 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const FIFTY: Scene = {
  daemon: [],
  scenario: `
peers: 50
phases:
  - { name: arrive, duration: 60s, ramp: 40s }
  - { name: come and go, duration: 300s, churn: 1% }
`,
  ms: 310_000,
  span: 5,
  pictures: [
    { file: 'live-page.png', context: { ...DESKTOP, colorScheme: 'light' } },
    { file: 'live-page-dark.png', context: { ...DESKTOP, colorScheme: 'dark' } },
    { file: 'live-page-phone.png', context: { ...PHONE, colorScheme: 'light' } },
  ],
};

const THOUSAND: Scene = {
  daemon: ['--max-peers', '1000', '--max-connections', '1200'],
  scenario: `
peers: 1000
phases:
  - { name: arrive, duration: 120s, ramp: 20s }
`,
  ms: 65_000,
  span: 1,
  pictures: [{ file: 'live-page-1000.png', context: { ...DESKTOP, colorScheme: 'light' } }],
};

async function play(browser: Browser, { daemon: argv, scenario, ms, span, pictures }: Scene): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-pictures-'));
  const daemon = await startDaemonProcess(argv);
  try {
    const url = new URL('/', daemon.metricsUrl).href;
    // Somebody looks all the time: there is a point each second.
    const watcher = await openPage(browser, url);
    await sleep(8_000);
    await writeFile(join(folder, 'scenario.yml'), scenario);
    const swarm = peermeter(['swarm', '-d', daemon.address, '--scenario', join(folder, 'scenario.yml')]);
    await sleep(ms);
    for (const { file, context } of pictures) await take(browser, url, span, join(DOCS, file), context);
    await watcher.context.close();
    swarm.child.kill('SIGTERM');
    await swarm.finished;
  } finally {
    await daemon.stop();
    await rm(folder, { recursive: true });
  }
}

async function take(browser: Browser, url: string, span: number, path: string, options: BrowserContextOptions) {
  const { page, context, complaints } = await openPage(browser, url, { ...options, timezoneId: 'UTC' });
  await page.getByLabel(`${span} min`, { exact: true }).check({ force: true });
  await page
    .getByText(/^[\d,]+ peers$/)
    .first()
    .waitFor();
  await sleep(2_500);
  await page.screenshot({ path });
  await context.close();
  if (complaints.length > 0) throw new Error(`${path}: ${complaints.join('\n')}`);
  process.stdout.write(`${path}\n`);
}

const browser = await launchBrowser();
try {
  await play(browser, FIFTY);
  await play(browser, THOUSAND);
} finally {
  await browser.close();
}
