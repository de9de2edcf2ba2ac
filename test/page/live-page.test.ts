import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, valueIn, type WatchedPage } from '../support/browser.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { DOCUMENTED_PANELS } from '../support/documented-panels.ts';
import { eventually } from '../support/eventually.ts';

const AXE = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const ROWS = '#peer-rows tr:not(.spacer)';

/** The texts of a column, from the top. */
const column = (page: Page, key: string): Promise<string[]> => page.locator(`${ROWS} td.${key}`).allTextContents();

/** How many different colours each canvas has. */
const COLOURS_OF_EACH_PLOT = `[...document.querySelectorAll('.plot canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
})`;

describe('the page of a daemon with fifty peers', () => {
  let browser: Browser;
  let daemon: DaemonProcess;
  let swarm: Running;
  let url: string;
  let watched: WatchedPage;
  let page: Page;

  before(async () => {
    browser = await launchBrowser();
    daemon = await startDaemonProcess();
    url = new URL('/', daemon.metricsUrl).href;
    swarm = peermeter(['swarm', '-d', daemon.address, '-n', '50', '--ramp', '0', '--duration', '300']);
    await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), 50));
    watched = await openPage(browser, url);
    page = watched.page;
    await eventually(async () => assert.equal(await page.locator(ROWS).count(), 50));
  });
  after(async () => {
    await browser?.close();
    swarm?.child.kill('SIGTERM');
    await swarm?.finished;
    await daemon?.stop();
  });

  test('has the documented panels', async () => {
    assert.deepEqual(await page.locator('.panel h2').allTextContents(), DOCUMENTED_PANELS);
  });

  test('says what the metrics say', async () => {
    const places = {
      libp2p_concurrent_peers: '#concurrent-peers .now',
      libp2p_memory_per_peer_bytes: '#memory-per-peer .now',
      libp2p_cpu_usage_percent: '#vitals div:has(dt:text-is("CPU"))',
      libp2p_memory_rss_bytes: '#vitals div:has(dt:text-is("Memory"))',
      libp2p_fd_count: '#vitals div:has(dt:text-is("Descriptors"))',
    };
    // Samples and points are taken once a second, each on its own clock: now and then a sample is in no point.
    await eventually(async () => {
      const seen = new Map<string, Set<number>>(Object.keys(places).map((name) => [name, new Set()]));
      const lookFor = async (ms: number): Promise<void> => {
        for (const endMs = performance.now() + ms; performance.now() < endMs; await sleep(50)) {
          for (const [name, place] of Object.entries(places)) seen.get(name)?.add(await valueIn(page, place));
        }
      };
      await lookFor(1500);
      const scrape = await daemon.scrape();
      await lookFor(1500);
      for (const [name, values] of seen) {
        assert(values.has(scrape.value(name)), `${name}: ${scrape.value(name)}, on the page ${[...values]}`);
      }
    }, 30_000);
    assert.equal(await valueIn(page, '#pool-utilization .now'), 25);
    assert.match((await page.locator('#concurrent-peers .beside').textContent()) ?? '', /^of 100 peers$/);
  });

  test('shows round trips, and that no ping failed', async () => {
    const [p50 = 0, p95 = 0, p99 = 0, failed] = await eventually(async () => {
      const figures = await page
        .locator('#performance-under-load data')
        .evaluateAll((all) => all.map((one) => Number(one.getAttribute('value') ?? Number.NaN)));
      assert(figures.every(Number.isFinite), String(figures));
      return figures;
    });
    assert(p50 > 0 && p50 <= p95 && p95 <= p99, `${p50} ${p95} ${p99}`);
    assert.equal(failed, 0);
  });

  test('goes on by itself, each second', async () => {
    const uptime = () => page.locator('#uptime').textContent();
    const first = await uptime();
    await eventually(async () => assert.notEqual(await uptime(), first), 3000);
    assert.match(await page.title(), /^50 peers · peermeter$/);
  });

  test('draws what it says', async () => {
    const drawn = await page.evaluate<number[]>(COLOURS_OF_EACH_PLOT);
    assert.equal(drawn.length, 9);
    assert(
      drawn.every((colours) => colours > 4),
      String(drawn),
    );
    const words = await page.locator('#concurrent-peers .plot').getAttribute('aria-label');
    assert.match(words ?? '', /^Concurrent Peer Connections, last [15] min: peers now 50, from \d+ to 50$/);
  });

  test('lists every peer once, with a round trip', async () => {
    const ids = await column(page, 'peerId');
    assert.equal(new Set(ids).size, 50);
    assert(ids.every((id) => /^12D3KooW\w{44}$/.test(id)));
    await eventually(async () => {
      assert((await column(page, 'rttSeconds')).every((text) => /^[\d.]+\u00a0(µs|ms)$/.test(text)));
    });
    assert.equal(await page.locator('#peer-count').textContent(), '50 peers');
  });

  test('puts peers in the order of any column, by keyboard too', async () => {
    for (const header of await page.locator('#peer-header th').all()) {
      await header.locator('button').focus();
      await page.keyboard.press('Enter');
      assert.match((await header.getAttribute('aria-sort')) ?? '', /^(as|des)cending$/);
    }
    await page.locator('th.peerId button').click();
    assert.equal(await page.locator('th.peerId').getAttribute('aria-sort'), 'ascending');
    const ids = await column(page, 'peerId');
    assert.deepEqual(ids, ids.toSorted());
    await page.locator('th.peerId button').click();
    assert.deepEqual(await column(page, 'peerId'), ids.toReversed());
  });

  test('finds a peer by a part of its id', async () => {
    const [id = ''] = await column(page, 'peerId');
    await page.locator('#peer-filter').fill(id.slice(-12));
    await eventually(async () => assert.deepEqual(await column(page, 'peerId'), [id]));
    assert.equal(await page.locator('#peer-count').textContent(), '1 of 50 match');
    await page.locator('#peer-filter').fill('');
    await eventually(async () => assert.equal(await page.locator(ROWS).count(), 50));
  });

  test('is held still by Space, and goes on', async () => {
    await page.locator('h1').click();
    await page.keyboard.press('Space');
    assert.match((await page.locator('#banner').textContent()) ?? '', /^Held still since \d\d:\d\d:\d\d/);
    const uptime = await page.locator('#uptime').textContent();
    await sleep(2500);
    assert.equal(await page.locator('#uptime').textContent(), uptime);
    await page.keyboard.press('Space');
    await eventually(async () => assert.notEqual(await page.locator('#uptime').textContent(), uptime));
    assert(await page.locator('#banner').isHidden());
  });

  test('shows the span that is chosen', async () => {
    for (const minutes of [15, 1, 5]) {
      await page.getByLabel(`${minutes} min`, { exact: true }).check({ force: true });
      await eventually(async () => {
        const words = await page.locator('.plot').first().getAttribute('aria-label');
        assert(words?.includes(`last ${minutes} min`), words ?? '');
      });
    }
  });

  test('can be operated, and told, without being seen: no serious violation in either theme', async () => {
    await page.evaluate(await AXE);
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await sleep(1200);
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const found = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      assert.deepEqual(found, [], theme);
    }
    await page.emulateMedia({ colorScheme: null });
  });

  test('remembers the theme that was chosen, from the first frame', async () => {
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await paper();
    await page.locator('#theme').click();
    await page.locator('#theme').click();
    assert.equal(await page.locator('#theme').getAttribute('aria-label'), 'Theme: dark');
    assert.notEqual(await paper(), light);
    await page.reload();
    assert.notEqual(await paper(), light);
    await page.locator('#app').waitFor();
    await page.locator('#theme').click();
    assert.equal(await paper(), light);
  });

  test('fits a phone', async () => {
    const phone = await openPage(browser, url, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    await eventually(async () => assert((await phone.page.locator(ROWS).count()) > 5));
    assert.equal(await phone.page.evaluate('document.documentElement.scrollWidth'), 390);
    const outside = await phone.page
      .locator('header *, main *')
      .evaluateAll((all) =>
        all
          .filter((one) => one.closest('.unseen, canvas') === null && one.getBoundingClientRect().right > 391)
          .map((one) => one.outerHTML.slice(0, 100)),
      );
    assert.deepEqual(outside, []);
    assert.deepEqual(phone.complaints, []);
    await phone.context.close();
  });

  test('asked nobody else for anything, and had nothing to complain of', async () => {
    assert.deepEqual([...new Set(watched.requests.map((request) => new URL(request).origin))], [new URL(url).origin]);
    assert.deepEqual(watched.complaints, []);
  });

  test('makes room when it is closed', async () => {
    const aborts: AbortController[] = [];
    const listen = async (): Promise<number> => {
      const abort = new AbortController();
      const { status } = await fetch(new URL('live', url), { signal: abort.signal });
      if (status === 200) aborts.push(abort);
      return status;
    };
    let last = 200;
    while (last === 200 && aborts.length < 200) last = await listen();
    assert.equal(last, 503);

    const late = await openPage(browser, url);
    await eventually(async () =>
      assert.match((await late.page.locator('#banner').textContent()) ?? '', /look already/),
    );
    await late.context.close();

    await watched.page.close();
    await eventually(async () => assert.equal(await listen(), 200));
    assert.equal(await listen(), 503);
    for (const abort of aborts) abort.abort();
  });
});
