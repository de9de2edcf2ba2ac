import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser, openPage } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { emptyPoint, type StagedFeed, someHello, somePeer, startStagedFeed } from '../support/staged-feed.ts';

const ROWS = '#peer-rows tr:not(.spacer)';

describe('the page', () => {
  let browser: Browser;
  let feed: StagedFeed;
  before(async () => {
    browser = await launchBrowser();
    feed = await startStagedFeed();
  });
  after(async () => {
    await browser?.close();
    await feed?.stop();
  });

  test('shows what is hostile harmless', async () => {
    const markup = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const reversing = 'safe\u202eevil\u2066\u0000\u001b[31m\n';
    feed.greetWith(
      someHello({ service: markup, peerId: reversing, version: '</title>', addresses: [markup, 'x'.repeat(100_000)] }),
      [],
    );
    const { page, context, complaints, requests } = await openPage(browser, feed.url);
    await eventually(() => assert.equal(feed.viewers(), 1));
    const peers = [
      somePeer({ peerId: markup, address: reversing, direction: markup as 'inbound' }),
      somePeer({ peerId: 'y'.repeat(100_000), address: '\u{e0041}\ud800' }),
    ];
    feed.say('point', emptyPoint({ peers: 2 }));
    feed.say('peers', { total: 2, peers });
    await eventually(async () => assert.equal(await page.locator(ROWS).count(), 2));

    assert.equal(await page.locator('td.peerId').first().textContent(), markup);
    assert.equal(
      await page.locator('td.address').first().textContent(),
      'safe\\u202eevil\\u2066\\u0000\\u001b[31m\\u000a',
    );
    assert.equal(await page.locator('td.address').nth(1).textContent(), '\\u{e0041}\\ud800');
    assert.equal((await page.locator('td.peerId').nth(1).textContent())?.length, 201);
    assert.equal(await page.locator('#service').textContent(), markup);
    assert.equal(await page.locator('body img, body script').count(), 0);
    assert.doesNotMatch(await page.evaluate('document.body.innerText'), /[\u202a-\u202e\u2066-\u2069\u0000\u001b]/);
    await eventually(async () => assert.match(await page.title(), /^2 peers · </));
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
    assert.deepEqual(complaints, []);
    assert(requests.every((request) => request.startsWith(feed.url)));
    await context.close();
  });

  test('shows figures that are none as none', async () => {
    feed.greetWith(someHello({ startedAtMs: Number.NaN }), []);
    const { page, context, complaints } = await openPage(browser, feed.url);
    await eventually(() => assert.equal(feed.viewers(), 1));
    // JSON makes null of each NaN, also where the types do not know of it.
    feed.say('point', emptyPoint({ peers: 3, memoryPerPeerBytes: Number.NaN, cpuPercent: Number.NaN }));
    feed.say('peers', { total: 1, peers: [somePeer({ connectedAtMs: Number.NaN, rttSeconds: null })] });
    await eventually(async () => assert.equal(await page.locator(ROWS).count(), 1));
    assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /NaN|undefined|null|Infinity|Invalid/);
    assert.equal(await page.locator('#memory-per-peer .now data').textContent(), '—');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('says how many peers it was not told of', async () => {
    feed.greetWith(someHello(), []);
    const { page, context } = await openPage(browser, feed.url);
    await eventually(() => assert.equal(feed.viewers(), 1));
    feed.say('point', emptyPoint({ peers: 1500 }));
    feed.say('peers', { total: 1500, peers: [somePeer()] });
    await eventually(async () =>
      assert.equal(await page.locator('#peer-count').textContent(), '1 peer, 1,499 more are not shown'),
    );
    await context.close();
  });

  test('tells the daemon that is there now from the one before', async () => {
    feed.greetWith(someHello(), [emptyPoint({ atMs: Date.now() - 2000, peers: 7 })]);
    const { page, context } = await openPage(browser, feed.url);
    const words = () => page.locator('#concurrent-peers .plot').getAttribute('aria-label');
    await eventually(async () => assert.match((await words()) ?? '', /peers now 7, from 7 to 7$/));
    feed.greetWith(someHello({ peerId: '12D3KooWanother' }), [emptyPoint({ peers: 1 })]);
    feed.hangUp();
    await eventually(async () => assert.match((await words()) ?? '', /peers now 1, from 1 to 1$/));
    await context.close();
  });

  test('loads itself anew when the daemon is of another version', async () => {
    feed.greetWith(someHello({ version: '1.0.0' }), []);
    const { page, context } = await openPage(browser, feed.url);
    await eventually(async () => assert.equal(await page.locator('#version').textContent(), '1.0.0'));
    const loaded = page.waitForEvent('load');
    feed.greetWith(someHello({ version: '1.1.0' }), []);
    feed.hangUp();
    await loaded;
    await eventually(async () => assert.equal(await page.locator('#version').textContent(), '1.1.0'));
    await context.close();
  });

  test('leaves its place to others while nobody sees it', async () => {
    // A feed of few points: none is missed while the clock is put forward.
    feed.greetWith(someHello({ intervalMs: 60_000 }), [emptyPoint()]);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(feed.url);
    await eventually(() => assert.equal(feed.viewers(), 1));
    const beSeen = (seen: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${!seen}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    await beSeen(false);
    await page.clock.fastForward(59_000);
    assert.equal(feed.viewers(), 1);
    await page.clock.fastForward(2_000);
    await eventually(() => assert.equal(feed.viewers(), 0));
    await beSeen(true);
    await eventually(() => assert.equal(feed.viewers(), 1));
    await eventually(async () => assert.equal(await page.locator('#state').textContent(), 'live'));
    await context.close();
  });

  test('without JavaScript says where the metrics are', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(feed.url);
    assert.match((await page.locator('noscript').textContent()) ?? '', /The same figures are text at \/metrics/);
    assert(await page.locator('#app').isHidden());
    await context.close();
  });
});
