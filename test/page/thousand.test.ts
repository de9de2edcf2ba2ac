import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const ROWS = '#peer-rows tr:not(.spacer)';

describe('the page of a daemon with a thousand peers', () => {
  let browser: Browser;
  let daemon: DaemonProcess;
  let swarm: Running;
  let watched: WatchedPage;
  let page: Page;

  before(async () => {
    browser = await launchBrowser();
    daemon = await startDaemonProcess(['--max-peers', '1000', '--max-connections', '1100']);
    swarm = peermeter(['swarm', '-d', daemon.address, '-n', '1000', '--duration', '300']);
    await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), 1000), 60_000);
    watched = await openPage(browser, new URL('/', daemon.metricsUrl).href);
    page = watched.page;
  });
  after(async () => {
    await browser?.close();
    swarm?.child.kill('SIGTERM');
    await swarm?.finished;
    await daemon?.stop();
  });

  test('counts them all', async () => {
    await eventually(async () => assert.equal(await page.locator('#peer-count').textContent(), '1,000 peers'));
    assert.equal(await page.locator('#peer-table').getAttribute('aria-rowcount'), '1001');
    assert.equal(await page.locator('#concurrent-peers .now .figure').textContent(), '1,000');
  });

  test('has rows for those in view only, and all of them when it is scrolled', async () => {
    const inView = () =>
      page
        .locator(ROWS)
        .evaluateAll((rows) =>
          rows.map((row) => [row.getAttribute('aria-rowindex'), row.firstElementChild?.textContent]),
        );
    const seen = new Map<string, string>();
    await page.locator('th.peerId button').click();
    await page.evaluate('scrollTo(0, 0)');
    // Peers stay, so their order by id does.
    for (let step = 0; step < 400 && seen.size < 1000; step += 1) {
      const rows = await inView();
      assert(rows.length < 120, `${rows.length} rows`);
      for (const [index, id] of rows) seen.set(String(index), String(id));
      await page.mouse.wheel(0, 600);
      await page.evaluate('new Promise(requestAnimationFrame)');
    }
    assert.equal(seen.size, 1000);
    assert.equal(new Set(seen.values()).size, 1000);
    const ids = [...seen.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, id]) => id);
    assert.deepEqual(ids, ids.toSorted());
  });

  test('finds one among them', async () => {
    await page.evaluate('scrollTo(0, 0)');
    const id = (await page.locator(`${ROWS} td.peerId`).first().textContent()) ?? '';
    await page.locator('#peer-filter').fill(id);
    await eventually(async () => assert.equal(await page.locator(ROWS).count(), 1));
    assert.deepEqual(watched.complaints, []);
  });
});
