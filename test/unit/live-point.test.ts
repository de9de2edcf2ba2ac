import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Figures, Point } from '../../src/contract/figures.ts';
import type { MetricKey } from '../../src/contract/metrics.ts';
import { POINT_FIELDS, pointOf } from '../../src/live/point.ts';
import { type Buckets, quantileOf, since, together } from '../../src/live/quantile.ts';

const one = (value: Point['value'], attributes: Point['attributes'] = {}): Point[] => [{ attributes, value }];
const figures = (rows: Partial<Record<MetricKey, readonly Point[]>>): Figures =>
  new Map(Object.entries(rows) as [MetricKey, readonly Point[]][]);
const histogram = (boundaries: number[], counts: number[]): Point['value'] => ({
  buckets: { boundaries, counts },
  sum: 0,
  count: counts.reduce((sum, count) => sum + count, 0),
});
const nothing: Buckets = { boundaries: [], counts: [] };

describe('a quantile of buckets', () => {
  const buckets = { boundaries: [1, 2, 4], counts: [10, 20, 10, 0] };

  // What Prometheus' histogram_quantile gives for le=1: 10, le=2: 30, le=4: 40, le=+Inf: 40.
  for (const [quantile, expected] of [
    [0.25, 1],
    [0.5, 1.5],
    [0.75, 2],
    [0.95, 3.6],
    [0.99, 3.92],
    [1, 4],
    [0.1, 0.4],
  ] as const) {
    test(`${quantile} is ${expected}`, () => {
      const found = quantileOf(buckets, quantile);
      assert(found !== null && Math.abs(found - expected) < 1e-12, `${found}`);
    });
  }

  test('is nothing when they are empty', () => {
    assert.equal(quantileOf({ boundaries: [1, 2], counts: [0, 0, 0] }, 0.5), null);
    assert.equal(quantileOf(nothing, 0.5), null);
  });

  test('above the highest bound is that bound', () => {
    assert.equal(quantileOf({ boundaries: [1, 2], counts: [1, 0, 99] }, 0.5), 2);
  });

  test('skips empty buckets', () => {
    assert.equal(quantileOf({ boundaries: [1, 2, 4], counts: [0, 0, 4, 0] }, 0.5), 3);
  });

  test('never falls with a larger quantile, and lies in a bucket that holds something', () => {
    const counts = fc.array(fc.nat(50), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0.001, max: 1 }), fc.double({ min: 0.001, max: 1 }), (held, a, b) => {
        const of = { boundaries: [0.1, 1, 10, 100], counts: held };
        const [low, high] = [quantileOf(of, Math.min(a, b)), quantileOf(of, Math.max(a, b))];
        if (low === null || high === null) return assert.equal(Math.max(...held), 0);
        assert(low <= high + 1e-9);
        const at = [0, 0.1, 1, 10].findLastIndex((lower) => high > lower);
        assert((held[at] ?? 0) > 0 || (high === 100 && (held[4] ?? 0) > 0), `${high} in ${at} of ${held}`);
      }),
    );
  });
});

describe('a point', () => {
  const boundaries = [1, 3, 9];
  const before = figures({
    peers: one(3),
    pingResponses: one(100),
    pingErrors: [...one(1, { reason: 'timeout' }), ...one(2, { reason: 'reset' })],
    pingRtt: one(histogram(boundaries, [50, 50, 0, 0])),
    ioRead: one(1000),
    connectionsDenied: one(7, { direction: 'inbound', reason: 'max_peers' }),
  });
  const now = figures({
    peers: one(5),
    maxPeers: one(100),
    connections: [...one(4, { direction: 'inbound' }), ...one(2, { direction: 'outbound' })],
    heapUsed: [...one(10, { 'v8js.heap.space.name': 'old_space' }), ...one(5, { 'v8js.heap.space.name': 'new_space' })],
    connectionAge: [...one(1, { percentile: '50' }), ...one(2, { percentile: '95' }), ...one(3, { percentile: '99' })],
    pingResponses: one(110),
    pingErrors: [...one(4, { reason: 'timeout' }), ...one(3, { reason: 'reset' })],
    pingRtt: one(histogram(boundaries, [50, 60, 0, 0])),
    ioRead: one(3000),
    connectionsDenied: one(7, { direction: 'inbound', reason: 'max_peers' }),
  });
  const durations = together([]);

  test('has gauges as they are, and the others over the time since the point before', () => {
    const point = pointOf({
      now: { figures: now, atMs: 20_000, clockMs: 4000 },
      before: { figures: before, atMs: 1, clockMs: 2000 },
      durations,
    });
    assert.equal(point.atMs, 20_000);
    assert.equal(point.peers, 5);
    assert.equal(point.inbound, 4);
    assert.equal(point.outbound, 2);
    assert.equal(point.heapUsedBytes, 15);
    assert.deepEqual([point.ageP50Seconds, point.ageP95Seconds, point.ageP99Seconds], [1, 2, 3]);
    assert.equal(point.pingsPerSecond, 5);
    assert.equal(point.pingFailuresPerSecond, 2);
    assert.equal(point.readBytesPerSecond, 1000);
    assert.equal(point.deniedPerSecond, 0);
    // All ten that came since then are in the second bucket.
    assert.equal(point.rttP50Seconds, 2);
    assert.equal(point.descriptorLimit, null, 'not there');
    assert.equal(point.durationP50Seconds, null, 'none has ended');
  });

  test('the first one has nothing to tell growth from', () => {
    const point = pointOf({ now: { figures: now, atMs: 1, clockMs: 1 }, before: undefined, durations });
    assert.equal(point.pingsPerSecond, null);
    assert.equal(point.rttP99Seconds, null);
    assert.equal(point.peers, 5);
  });

  test('has all its fields, whatever was measured', () => {
    const point = pointOf({ now: { figures: new Map(), atMs: 1, clockMs: 1 }, before: undefined, durations: nothing });
    assert.deepEqual(Object.keys(point), POINT_FIELDS);
    for (const value of Object.values(point)) assert(value === null || Number.isFinite(value));
  });
});

test('what came since then does not fall below nothing', () => {
  assert.deepEqual(since({ boundaries: [1], counts: [5, 2] }, [3, 4]).counts, [2, 0]);
  assert.deepEqual(since({ boundaries: [1], counts: [5, 2] }, []).counts, [5, 2]);
});
