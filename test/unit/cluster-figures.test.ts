import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { merge } from '../../src/cluster/merge.ts';
import { mergePerPeer, pack, packDetails, unpack, unpackDetails } from '../../src/cluster/per-peer.ts';
import { perProcessFigures } from '../../src/cluster/per-process.ts';
import { retire } from '../../src/cluster/retire.ts';
import { wholeFigures } from '../../src/cluster/whole.ts';
import type { Figures, HistogramValue, Point } from '../../src/contract/figures.ts';
import type { MetricKey } from '../../src/contract/metrics.ts';
import { DIRECTIONS, PING_ERRORS } from '../../src/contract/vocabulary.ts';

const one = (value: Point['value'], attributes: Point['attributes'] = {}): Point[] => [{ attributes, value }];
const figures = (rows: Partial<Record<MetricKey, readonly Point[]>>): Figures =>
  new Map(Object.entries(rows) as [MetricKey, readonly Point[]][]);

const count = fc.nat(1000);
const histogram: fc.Arbitrary<HistogramValue> = fc.array(count, { minLength: 4, maxLength: 4 }).map((counts) => ({
  buckets: { boundaries: [1, 2, 3], counts },
  sum: counts.reduce((sum, n, at) => sum + n * at, 0),
  count: counts.reduce((sum, n) => sum + n, 0),
}));
const part: fc.Arbitrary<Figures> = fc
  .record({ rtt: histogram, inbound: count, outbound: fc.option(count), rss: count })
  .map(({ rtt, inbound, outbound, rss }) =>
    figures({
      pingRtt: one(rtt),
      connectionsOpened: [
        ...one(inbound, { direction: 'inbound' }),
        ...(outbound === null ? [] : one(outbound, { direction: 'outbound' })),
      ],
      memoryRss: one(rss),
    }),
  );

/** In an order of its own, so that two can be compared. */
const sorted = (all: Figures) =>
  [...all].map(([key, points]) => [key, points.map((point) => JSON.stringify(point)).sort()]).sort();

describe('figures of several processes', () => {
  test('add up to the same in whatever order and grouping, bucket by bucket', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const flat = sorted(merge([a, b, c]));
        assert.deepEqual(sorted(merge([merge([a, b]), c])), flat);
        assert.deepEqual(sorted(merge([a, merge([b, c])])), flat);
        assert.deepEqual(sorted(merge([c, b, a])), flat);
        assert.deepEqual(sorted(merge([a])), sorted(a));
      }),
    );
  });

  test('a histogram keeps count = sum of its buckets', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const [{ value } = { value: 0 }] = merge(parts).get('pingRtt') ?? [];
        assert(typeof value === 'object');
        assert.equal(
          value.count,
          value.buckets.counts.reduce((sum, n) => sum + n, 0),
        );
      }),
    );
  });

  test('delays are those of the worst, means are means, and what only the whole can say is left out', () => {
    const [a, b] = [1, 3].map((value) =>
      figures({
        eventLoopDelayP99: one(value),
        eventLoopDelayMean: one(value),
        poolUtilization: one(value),
        buildInfo: one(1),
      }),
    );
    assert(a !== undefined && b !== undefined);
    assert.deepEqual(merge([a, b]), figures({ eventLoopDelayP99: one(3), eventLoopDelayMean: one(2) }));
  });
});

/** A process as its figures see it: what it has counted, and what it holds now. */
class Life {
  opened = 0;
  closed = 0;
  requests = 0;
  responses = 0;

  figures(): Figures {
    const errors = PING_ERRORS.flatMap((reason) => one(0, { reason }));
    return figures({
      connections: one(this.opened - this.closed, { direction: 'inbound' }),
      connectionsOpened: one(this.opened, { direction: 'inbound' }),
      connectionsClosed: one(this.closed, { direction: 'inbound', reason: 'reset' }),
      resourceAllocations: one(this.opened, { resource_type: 'connection' }),
      resourceDeallocations: one(this.closed, { resource_type: 'connection' }),
      activeResources: one(this.opened - this.closed, { resource_type: 'connection' }),
      pingRequests: one(this.requests),
      pingResponses: one(this.responses),
      activePings: one(this.requests - this.responses),
      pingErrors: errors,
    });
  }
}

const total = (all: Figures, key: MetricKey): number =>
  (all.get(key) ?? []).reduce((sum, { value }) => sum + (typeof value === 'number' ? value : 0), 0);

test('whenever a process dies and is asked, no sum falls, and what was begun is ended or under way', () => {
  const step = fc.constantFrom('open', 'close', 'ping', 'answer', 'collect', 'die');
  const counted = ['connectionsOpened', 'connectionsClosed', 'resourceDeallocations', 'pingRequests', 'pingErrors'];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let life = new Life();
      let retired: Figures = new Map();
      let told: Figures | undefined;
      let before: Figures = new Map();
      for (const action of steps) {
        if (action === 'open') life.opened++;
        else if (action === 'close') life.closed = Math.min(life.opened, life.closed + 1);
        else if (action === 'ping') life.requests++;
        else if (action === 'answer') life.responses = Math.min(life.requests, life.responses + 1);
        else if (action === 'collect') told = life.figures();
        else {
          if (told !== undefined) retired = retire(retired, told);
          told = undefined;
          life = new Life();
        }
        const now = merge([retired, ...(told === undefined ? [] : [told])]);
        for (const key of counted as MetricKey[]) assert(total(now, key) >= total(before, key), key);
        assert.equal(total(now, 'connectionsOpened') - total(now, 'connectionsClosed'), total(now, 'connections'));
        assert.equal(
          total(now, 'resourceAllocations') - total(now, 'resourceDeallocations'),
          total(now, 'activeResources'),
        );
        assert.equal(
          total(now, 'pingRequests'),
          total(now, 'pingResponses') + total(now, 'pingErrors') + total(now, 'activePings'),
        );
        before = now;
      }
    }),
    { numRuns: 500 },
  );
});

describe('what only the whole can say', () => {
  const worker = (peers: number, rss: number, marginal: number, ages: number[]) => ({
    figures: figures({
      peers: one(peers),
      connections: one(peers, { direction: 'inbound' }),
      memoryRss: one(rss),
      memoryPerPeerMarginal: one(marginal),
    }),
    connectionAges: Float64Array.from(ages),
  });
  const limits = { maxPeers: 100, maxConnections: 200 };
  const whole = (workers: readonly ReturnType<typeof worker>[], peerCount: number, primaryRss = 0) => {
    const merged = merge([figures({ memoryRss: one(primaryRss) }), ...workers.map((each) => each.figures)]);
    return wholeFigures({ merged, workers, peerCount, limits });
  };

  test('ratios are those of the sums, limits the configured ones', () => {
    const found = whole([worker(10, 1000, 20, []), worker(30, 3000, 40, [])], 40, 400);
    assert.equal(total(found, 'peers'), 40);
    assert.equal(total(found, 'poolUtilization'), 40 / 200);
    assert.equal(total(found, 'memoryPerPeer'), 4400 / 40);
    assert.equal(total(found, 'memoryPerPeerMarginal'), (10 * 20 + 30 * 40) / 40);
    assert.equal(total(found, 'maxPeers'), 100);
    assert.equal(total(found, 'poolSize'), 200);
  });

  test('nobody is there: no division by nobody, and ages of 0', () => {
    const found = whole([worker(0, 1000, 0, [])], 0);
    assert.equal(total(found, 'memoryPerPeer'), 0);
    assert.deepEqual(
      found.get('connectionAge')?.map(({ value }) => value),
      [0, 0, 0],
    );
  });

  test('a peer connected to two processes is one peer with two connections', () => {
    const found = whole([worker(1, 0, 0, []), worker(1, 0, 0, [])], 1);
    assert.equal(total(found, 'peers'), 1);
    assert.equal(total(found, 'poolUtilization'), 2 / 200);
  });

  test('percentiles are those of all connections, however they are shared out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(2)), { minLength: 1 }),
        (all) => {
          const ages = [0, 1, 2].map((at) => all.filter(([, to]) => to === at).map(([age]) => age));
          const split = whole(
            ages.map((part) =>
              worker(
                part.length,
                0,
                0,
                part.sort((a, b) => a - b),
              ),
            ),
            all.length,
          );
          const together = whole(
            [
              worker(
                all.length,
                0,
                0,
                all.map(([age]) => age),
              ),
            ],
            all.length,
          );
          assert.deepEqual(split.get('connectionAge'), together.get('connectionAge'));
        },
      ),
    );
  });
});

describe('series of single peers', () => {
  const fields = {
    peerId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    sinceMs: fc.nat(1000),
    rttSeconds: fc.option(fc.double({ min: 0, max: 10, noNaN: true }), { nil: undefined }),
    jitterSeconds: fc.double({ min: 0, max: 10, noNaN: true }),
    failures: fc.nat(100),
  };
  const series = fc.record(fields, { noNullPrototype: true });
  const ofOneProcess = fc.uniqueArray(series, { selector: ({ peerId }) => peerId });

  test('come out of the packing as they went in', () => {
    fc.assert(fc.property(ofOneProcess, (all) => assert.deepEqual(unpack(pack(all)), all)));
    const details = fc.record({
      direction: fc.constantFrom(...DIRECTIONS),
      address: fc.string(),
      target: fc.boolean(),
    });
    fc.assert(
      fc.property(ofOneProcess, details, (all, more) => {
        const peers = all.map((series) => ({ ...series, ...more }));
        assert.deepEqual(unpackDetails(packDetails(peers)), peers);
      }),
    );
  });

  test('are one a peer, at most the cap, targets first, then those connected longest', () => {
    fc.assert(
      fc.property(ofOneProcess, ofOneProcess, fc.integer({ min: 1, max: 6 }), (a, b, cap) => {
        const merged = mergePerPeer([a, b], { cap, targets: new Set(['e']) });
        const ids = merged.map(({ peerId }) => peerId);
        const all = new Set([...a, ...b].map(({ peerId }) => peerId));
        assert.equal(new Set(ids).size, ids.length);
        assert.equal(ids.length, Math.min(cap, all.size));
        assert(!all.has('e') || ids.includes('e'));
        const longest = (id: string) =>
          Math.min(...[...a, ...b].filter(({ peerId }) => peerId === id).map((p) => p.sinceMs));
        const left = [...all].filter((id) => !ids.includes(id)).map(longest);
        for (const { peerId, sinceMs } of merged) {
          assert.equal(sinceMs, longest(peerId));
          if (peerId !== 'e') for (const other of left) assert(sinceMs <= other);
        }
      }),
    );
  });
});

test('a process that is down has its counts and no gauges', () => {
  const running = figures({ peers: one(3), pingResponses: one(5), memoryRss: one(7) });
  const found = perProcessFigures([
    { name: '0', figures: running, retired: figures({ pingResponses: one(10) }), restarts: 1 },
    { name: '1', figures: undefined, retired: figures({ pingResponses: one(20) }), restarts: 2 },
    { name: 'primary', figures: figures({ memoryRss: one(9) }) },
  ]);
  const row = (key: MetricKey) =>
    Object.fromEntries((found.get(key) ?? []).map((p) => [p.attributes.process, p.value]));
  assert.deepEqual(row('processUp'), { 0: 1, 1: 0, primary: 1 });
  assert.deepEqual(row('processRestarts'), { 0: 1, 1: 2 });
  assert.deepEqual(row('processPingResponses'), { 0: 15, 1: 20 });
  assert.deepEqual(row('processPeers'), { 0: 3 });
  assert.deepEqual(row('processMemoryRss'), { 0: 7, primary: 9 });
});
