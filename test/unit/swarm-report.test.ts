import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { checkDescriptors, descriptorsNeeded } from '../../src/swarm/descriptors.ts';
import type { WorkerResult } from '../../src/swarm/messages.ts';
import type { SwarmPlan } from '../../src/swarm/plan.ts';
import { type SwarmReport, swarmReport } from '../../src/swarm/report.ts';
import { reportHtml } from '../../src/swarm/report-html.ts';
import { reportText } from '../../src/swarm/report-text.ts';
import { plainScenario } from '../../src/swarm/scenario.ts';
import { thresholdList } from '../../src/swarm/scenario-file.ts';
import { NO_COUNTS } from '../../src/swarm/tally.ts';
import { parseThreshold } from '../../src/swarm/thresholds.ts';
import { Timeline } from '../../src/swarm/timeline.ts';

const scenario = plainScenario({ peers: 100, rampMs: 0, pingIntervalMs: 1000, durationMs: 60_000 });
const plan: SwarmPlan = {
  target: '/ip4/127.0.0.1/tcp/1/p2p/12D3KooW',
  scenario,
  fullNodes: false,
  reconnect: true,
  pingTimeoutMs: 5000,
  workers: 2,
};

function histogram(...ms: number[]) {
  const made = createHistogram();
  for (const value of ms) made.record(value * 1e6);
  return made;
}

function worker(counts: Partial<WorkerResult['counts']>, more: Partial<WorkerResult> = {}): WorkerResult {
  return {
    counts: { ...NO_COUNTS, ...counts },
    notDialed: 0,
    failedByReason: {},
    pingErrorsByReason: {},
    rtt: histogram(),
    setup: histogram(),
    late: histogram(),
    ...more,
  };
}

function report(thresholds = '', workers?: WorkerResult[], timeline: SwarmReport['timeline'] = []): SwarmReport {
  const one = worker(
    { started: 50, connected: 49, online: 48, pings: 1000, pingErrors: 1, disconnects: 2 },
    {
      failedByReason: { refused: 1 },
      pingErrorsByReason: { timeout: 1 },
      rtt: histogram(1, 2, 3),
      setup: histogram(5),
    },
  );
  const two = worker(
    { started: 50, connected: 48, online: 48, pings: 1000, pingErrors: 1, replaced: 3 },
    { failedByReason: { refused: 1, cut_short: 1 }, pingErrorsByReason: { not_sent: 1 }, rtt: histogram(4, 5, 100) },
  );
  return swarmReport({
    plan,
    results: workers ?? [one, two],
    durationMs: 60_000,
    timeline,
    self: { rssBytes: 2 ** 27, cpuSeconds: 3.21 },
    thresholds: thresholdList(thresholds),
  });
}

describe('the report', () => {
  test('adds the workers up', () => {
    const sum = report();
    assert.deepEqual(
      [sum.requested, sum.connected, sum.connectedAtEnd, sum.pings, sum.pingErrors, sum.disconnects],
      [100, 97, 96, 2000, 2, 2],
    );
    assert.deepEqual(sum.failed, { refused: 2, cut_short: 1 });
    assert.deepEqual(sum.pingErrorsByReason, { timeout: 1, not_sent: 1 });
    assert.equal(sum.staged.replaced, 3);
    const { min, p50, max } = sum.rttMs;
    assert(min !== null && Math.abs(min - 1) < 0.01 && p50 !== null && Math.abs(p50 - 3) < 0.01);
    assert(max !== null && Math.abs(max - 100) < 0.2);
    assert.match(reportText(sum), /^peers {7}97 of 100 connected, 96 at the end$/m);
    assert.match(reportText(sum), /^staged {6}3 replaced$/m);
  });

  test('has no figures where nothing was measured', () => {
    const empty = report('rtt.p99<1s', [worker({})]);
    assert.equal(empty.rttMs.p99, null);
    assert.deepEqual(empty.distributions, { rtt: [], setup: [] });
    assert.deepEqual(empty.thresholds, [{ text: 'rtt.p99<1s', value: null, unit: 'ms', held: false }]);
    assert.match(reportText(empty), /MISSED {6}rtt\.p99<1s: nothing was measured/);
    assert.match(reportHtml(empty), /<\/html>/);
  });
});

describe('thresholds', () => {
  for (const [text, held, value] of [
    ['rtt.p50<=4ms', true, undefined],
    ['rtt.max<0.1s', false, undefined],
    ['rtt.p99.9>=50ms', true, undefined],
    // One of a hundred was cut short, two were refused: 97 of 99.
    ['connected>=97.9%', true, 97.9797],
    ['connected>=98%', false, 97.9797],
    ['connected=97', true, 97],
    ['failed=2', true, 2],
    ['errors<=0.1%', true, 0.1],
    ['errors<0.1%', false, 0.1],
    [' disconnects = 2 ', true, 2],
  ] as const) {
    test(`${text} ${held ? 'holds' : 'is missed'}`, () => {
      const [result] = report(text).thresholds;
      assert.equal(result?.held, held);
      if (value !== undefined) assert.equal(result?.value, value);
    });
  }

  for (const [text, said] of [
    ['rtt.p99', /a figure, < <= > >= or =, and a limit/],
    ['rtt.p99=<5ms', /with a time/],
    ['rtt.p98<5ms', /one of rtt\.min, /],
    ['rtt.p99<5%', /without %/],
    ['rtt.p99<fast', /with a time/],
    ['connected>=all', /with a number/],
    ['connected>=-1', /with a number/],
    ['disconnects<1%', /part of nothing/],
    ['__proto__<1', /one of rtt\.min/],
    ['connected>=1;rm', /with a number/],
  ] as const) {
    test(`${text} cannot be read`, () => assert.throws(() => parseThreshold(text), { message: said }));
  }
});

describe('the run over time', () => {
  test('takes at most 600 points, however long it is, and loses no ping', () => {
    const timeline = new Timeline();
    const hours = 3;
    const rtt = histogram(1);
    for (let seconds = 0.25; seconds <= hours * 3600; seconds += 0.25) {
      timeline.add(seconds * 1000, { online: 10, pings: seconds * 40, pingErrors: seconds }, rtt);
    }
    const points = timeline.points();
    assert(points.length <= 600 && points.length >= 300, `${points.length} points`);
    assert.equal(points.at(-1)?.seconds, hours * 3600);
    let [pings, errors, before] = [0, 0, 0];
    for (const point of points) {
      pings += point.pingsPerSecond * (point.seconds - before);
      errors += point.errorsPerSecond * (point.seconds - before);
      before = point.seconds;
      assert.equal(point.online, 10);
      assert(point.p50Ms !== null && Math.abs(point.p50Ms - 1) < 0.02);
    }
    assert(Math.abs(pings - hours * 3600 * 40) < 1 && Math.abs(errors - hours * 3600) < 1);
  });

  test('makes no rate of the last moment', () => {
    const timeline = new Timeline();
    timeline.add(400, { online: 1, pings: 4, pingErrors: 0 }, histogram(1));
    timeline.add(501, { online: 0, pings: 10, pingErrors: 0 }, histogram(2));
    const points = timeline.points();
    assert.deepEqual(
      points.map(({ seconds, online }) => [seconds, online]),
      [[0.501, 0]],
    );
    assert.equal(Math.round(points[0]?.pingsPerSecond ?? 0), 20);
  });

  test('has gaps where nobody was heard', () => {
    const timeline = new Timeline();
    timeline.add(100, { online: 1, pings: 1, pingErrors: 0 }, histogram(1));
    timeline.add(1900, { online: 2, pings: 2.2, pingErrors: 0 }, histogram(2));
    const points = timeline.points();
    assert.deepEqual(
      points.map(({ online, pingsPerSecond }) => [online, pingsPerSecond]),
      [
        [1, 10],
        [1, 0],
        [1, 0],
        [2, 3],
      ],
    );
    assert.equal(points[1]?.p99Ms, null);
  });
});

describe('the page', () => {
  const hostile = '</script><img src=x onerror=alert(1)>"\'&\u202e\u0000';
  const point = { seconds: 1, online: 3, pingsPerSecond: 2, errorsPerSecond: 0, p50Ms: 1, p95Ms: 2, p99Ms: 30 };
  const made = {
    ...report('connected>=50%', undefined, [point, { ...point, seconds: 2, p50Ms: null }, { ...point, seconds: 3 }]),
    target: hostile,
    scenario: hostile,
    phases: [
      { name: 'first', fromSeconds: 0, peers: 1 },
      { name: hostile, fromSeconds: 1, peers: 1 },
    ],
    thresholds: [{ text: hostile, value: 1, unit: 'ms' as const, held: false }],
    failed: { [hostile]: 1 } as SwarmReport['failed'],
  };
  const page = reportHtml(made);

  test('keeps hostile texts texts', () => {
    assert.doesNotMatch(page, /<img|<script|<\/script/i);
    assert.match(page, /&lt;\/script&gt;&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;\uFFFD\uFFFD/);
    // Every tag is one of the page's own.
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
    const own =
      'html head meta title style body main h1 h2 p ul li span div figure figcaption strong svg line text path table caption thead tbody tr th td details summary';
    assert.deepEqual(
      [...tags].filter((tag) => !own.split(' ').includes(tag ?? '')),
      [],
    );
  });

  test('asks nobody for anything', () => {
    const attributes = [...page.matchAll(/<[a-z0-9]+([^>]*)>/g)].map(([, text]) => text).join(' ');
    assert.doesNotMatch(attributes, /\b(src|href|srcset|style|on\w+)=/);
    assert.doesNotMatch(page, /url\(|@import|https?:/);
    assert.match(page, /default-src 'none'/);
  });

  test('closes what it opens, and has the plots and the same figures as tables', () => {
    const open: string[] = [];
    for (const [, close, tag, attributes] of page.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
      if (tag === 'meta' || attributes?.endsWith('/')) continue;
      if (close === '') open.push(tag ?? '');
      else assert.equal(open.pop(), tag);
    }
    assert.deepEqual(open, []);
    assert.equal(page.match(/<svg /g)?.length, 6);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]+)"/g)) assert.match(page, new RegExp(`id="${id}"`));
    assert.match(page, /<th scope="row">3<\/th><td>3<\/td><td>2<\/td><td>0<\/td><td>1<\/td><td>2<\/td><td>30<\/td>/);
    assert.doesNotMatch(page, /NaN|Infinity|undefined/);
    assert.match(page, /prefers-color-scheme: dark/);
    assert.match(page, /name="viewport"/);
  });
});

describe('descriptors', () => {
  test('are a peer each, those that are being closed, and what the process itself has open', () => {
    const churning = { ...scenario, phases: scenario.phases.map((phase) => ({ ...phase, churnPerSecond: 10 })) };
    assert.equal(descriptorsNeeded(churning, 2) - descriptorsNeeded(scenario, 2), 20);
    assert(descriptorsNeeded(scenario, 1) > 100);
  });

  test('that are too few are found out beforehand, with what to do', () => {
    assert.throws(() => checkDescriptors(20_128, 1024), {
      kind: 'config',
      message: /needs up to 20128 open files, but may have 1024: run `ulimit -n 20128`/,
    });
    checkDescriptors(1000, 1024);
  });
});
