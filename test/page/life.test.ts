import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage } from '../support/browser.ts';
import { type DaemonProcess, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const state = (page: Page): Promise<string | null> => page.locator('html').getAttribute('data-link');
const banner = (page: Page): Promise<string | null> => page.locator('#banner').textContent();
const colour = (page: Page): Promise<string> =>
  page.evaluate("getComputedStyle(document.querySelector('#concurrent-peers .now .figure')).color");

describe('the page of a daemon that', () => {
  let browser: Browser;
  let folder: string;
  let daemon: DaemonProcess;
  let page: Page;
  /** The colour of figures that are of now. */
  let live: string;

  /** The same daemon again, at the same address. */
  const startAgain = async (): Promise<void> => {
    const { port } = new URL(daemon.metricsUrl);
    daemon = await startDaemonProcess(['--key', join(folder, 'key'), '-m', port]);
  };

  before(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(join(tmpdir(), 'peermeter-page-'));
    daemon = await startDaemonProcess(['--key', join(folder, 'key')]);
    ({ page } = await openPage(browser, new URL('/', daemon.metricsUrl).href));
    await eventually(async () => assert.equal(await state(page), 'live'));
  });
  after(async () => {
    await browser?.close();
    await daemon?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('has no peers says so, and shows no figure it has not', async () => {
    await eventually(async () => assert.equal(await page.locator('#peer-count').textContent(), 'nobody is connected'));
    live = await colour(page);
    assert.equal(await page.locator('#concurrent-peers .now .figure').textContent(), '0');
    const memory = page.locator('#memory-per-peer .now data');
    assert.equal(await memory.textContent(), '—');
    assert.equal(await memory.getAttribute('title'), 'no peer is connected');
    assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /NaN|undefined|null|Infinity/);
    assert.equal(await page.title(), '0 peers · peermeter');
  });

  test('is killed: says since when, and greys the figures', async () => {
    daemon.child.kill('SIGKILL');
    await daemon.finished;
    await eventually(async () => assert.equal(await state(page), 'gone'));
    assert.match((await banner(page)) ?? '', /^No word from the daemon since \d\d:\d\d:\d\d \([\d.]+\u00a0s ago\)/);
    assert.match((await page.locator('#announcement').textContent()) ?? '', /^No word from the daemon/);
    assert.notEqual(await colour(page), live);
    assert.equal(await page.title(), '(gone) peermeter');
  });

  test('comes back: goes on by itself', async () => {
    await startAgain();
    await eventually(async () => assert.equal(await state(page), 'live'));
    assert(await page.locator('#banner').isHidden());
    assert.equal(await page.locator('#announcement').textContent(), 'The daemon is back.');
    assert.equal(await colour(page), live);
    await eventually(async () => assert.equal(await page.title(), '0 peers · peermeter'));
  });

  test('is stopped: says that it was', async () => {
    await daemon.stop();
    await eventually(async () => assert.equal(await state(page), 'stopped'));
    assert.match((await banner(page)) ?? '', /^The daemon was stopped at \d\d:\d\d:\d\d/);
    await startAgain();
    await eventually(async () => assert.equal(await state(page), 'live'));
  });

  test('is frozen: notices without an end of the connection', async (t) => {
    t.after(() => process.kill(daemon.pid, 'SIGCONT'));
    process.kill(daemon.pid, 'SIGSTOP');
    await eventually(async () => assert.equal(await state(page), 'gone'));
    process.kill(daemon.pid, 'SIGCONT');
    await eventually(async () => assert.equal(await state(page), 'live'));
  });
});
