import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { HrTime } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/contract/instruments.ts';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import type { PerPeerSeries } from '../../src/contract/per-peer.ts';
import { metricViews } from '../../src/contract/views.ts';
import { inBatches } from '../../src/telemetry/exporters/in-batches.ts';
import { exposition } from '../../src/telemetry/exposition.ts';
import { HistogramProducer } from '../../src/telemetry/histogram-producer.ts';
import { PerPeerProducer } from '../../src/telemetry/per-peer-producer.ts';
import { slices } from '../../src/telemetry/slices.ts';

const PEERS = 120;
const SIZES = [1, 2, 7, 100, 1000, Number.POSITIVE_INFINITY];

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};
}

function peers(count = PEERS): PerPeerSeries[] {
  return Array.from({ length: count }, (_, i) => ({
    peerId: `peer-${i}`,
    sinceMs: 1_700_000_000_000 + i,
    rttSeconds: i % 5 === 0 ? undefined : i / 1000,
    jitterSeconds: i / 10_000,
    failures: i,
  }));
}

/** Everything the contract has, as a reader gets it, with the series of some peers between the SDK's and others. */
async function everything(): Promise<ResourceMetrics> {
  const histograms = new HistogramProducer();
  const perPeer = new PerPeerProducer(peers);
  const reader = new Reader({ metricProducers: [perPeer, histograms] });
  const provider = new MeterProvider({ readers: [reader], views: metricViews('documented') });
  const instruments = new Instruments(provider.getMeter('peermeter'), histograms.store);
  for (const { key, kind, source, labels } of METRIC_ROWS) {
    if (source === 'per-peer') continue;
    if (kind === 'histogram')
      instruments
        .histogram(key as 'pingRtt')({})
        .record(0.1);
    else if (source === 'record') instruments.counter(key as 'dials');
    else {
      const attributes = Object.fromEntries(Object.keys(labels).map((label) => [label, 'a "quoted"\nvalue']));
      instruments.observe(key as 'buildInfo', (observe) => observe(1, attributes as never));
    }
  }
  provider.getMeter('another').createCounter('another_total').add(1);
  return (await reader.collect()).resourceMetrics;
}

function countPoints({ scopeMetrics }: ResourceMetrics): number {
  return scopeMetrics.flatMap(({ metrics }) => metrics).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

/** Each metric with all its points, in the order in which they came. */
function putTogether(pieces: readonly ResourceMetrics[]) {
  const whole = new Map<string, { metric: object; points: unknown[] }>();
  for (const { scope, metrics } of pieces.flatMap(({ scopeMetrics }) => scopeMetrics)) {
    for (const { dataPoints, ...metric } of metrics) {
      const known = whole.get(metric.descriptor.name);
      if (known === undefined)
        whole.set(metric.descriptor.name, { metric: { scope, ...metric }, points: [...dataPoints] });
      else {
        assert.deepEqual({ scope, ...metric }, known.metric);
        known.points.push(...dataPoints);
      }
    }
  }
  return [...whole.values()];
}

/** Adds up, for each turn of the real event loop, what is said to have been handled in it. */
function turnMeter(t: { after(done: () => void): void }) {
  const handled: number[] = [0];
  const next = (): void => {
    handled.push(0);
    immediate = setImmediate(next);
  };
  let immediate = setImmediate(next);
  t.after(() => clearImmediate(immediate));
  return {
    add: (count: number): void => {
      handled[handled.length - 1] = (handled.at(-1) ?? 0) + count;
    },
    most: () => Math.max(...handled),
    total: () => handled.reduce((sum, count) => sum + count, 0),
  };
}

describe('slices', () => {
  for (const size of SIZES) {
    test(`of ${size} points: none is larger, none is lost, none is double`, async () => {
      const whole = await everything();
      const pieces = [...slices(whole, size)];
      for (const piece of pieces) assert(countPoints(piece) <= size && piece.resource === whole.resource);
      assert.deepEqual(putTogether(pieces), putTogether([whole]));
      assert.equal(pieces.length, Math.max(1, Math.ceil(countPoints(whole) / size)));
    });
  }

  test('of nothing: one that is empty', async () => {
    const nothing = { ...(await everything()), scopeMetrics: [] };
    assert.deepEqual([...slices(nothing, 10)], [nothing]);
  });
});

describe('exposition', () => {
  test('in any number of turns is the same, byte for byte, as the serializer gives in one go', async () => {
    const whole = await everything();
    const expected = new PrometheusSerializer(undefined, false, undefined, false, true).serialize(whole);
    assert(expected.includes('target_info') && expected.includes('peer-119'));
    for (const size of SIZES) assert.equal(await exposition(whole, size), expected, `${size} points a turn`);
    const nothing = { ...whole, scopeMetrics: [] };
    const empty = new PrometheusSerializer(undefined, false, undefined, false, true).serialize(nothing);
    assert.equal(await exposition(nothing, 10), empty);
  });

  test('handles no more points in one turn than it is told', async (t) => {
    const whole = await everything();
    const meter = turnMeter(t);
    const serialize = PrometheusSerializer.prototype.serialize;
    t.mock.method(
      PrometheusSerializer.prototype,
      'serialize',
      function (this: PrometheusSerializer, metrics: ResourceMetrics) {
        meter.add(countPoints(metrics));
        return serialize.call(this, metrics);
      },
    );
    await exposition(whole, 50);
    assert.equal(meter.total(), countPoints(whole));
    assert(meter.most() <= 50, String(meter.most()));
  });

  test('of two collections at once keeps them apart', async () => {
    const [one, other] = [await everything(), await everything()];
    const apart = [await exposition(one, 10), await exposition(other, 10)];
    assert.deepEqual(await Promise.all([exposition(one, 10), exposition(other, 10)]), apart);
  });
});

describe('PerPeerProducer', () => {
  test('reads no more peers in one turn than it is told, and dates them all alike', async (t) => {
    const meter = turnMeter(t);
    function* read(): Generator<PerPeerSeries> {
      for (const peer of peers()) {
        meter.add(1);
        yield peer;
      }
    }
    const { resourceMetrics } = await new PerPeerProducer(read, 30).collect();
    assert.equal(meter.total(), PEERS);
    assert.equal(meter.most(), 10, 'ten peers are thirty points');
    const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric): { endTime: HrTime }[] => metric.dataPoints),
    );
    assert.equal(points.length, PEERS * 3 - PEERS / 5, 'no round trip before the first answer');
    assert.equal(new Set(points.map(({ endTime }) => String(endTime))).size, 1);
  });
});

describe('a push in batches', () => {
  const timeoutMs = 10_000;
  const export_ = (exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<ExportResult> =>
    new Promise((done) => exporter.export(metrics, done));

  test('sends every point once, in requests of at most so many, none in the same turn', async (t) => {
    const whole = await everything();
    const inner = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const meter = turnMeter(t);
    const send = inner.export.bind(inner);
    t.mock.method(inner, 'export', (metrics: ResourceMetrics, done: (result: ExportResult) => void) => {
      meter.add(countPoints(metrics));
      send(metrics, done);
    });
    const result = await export_(inBatches(inner, { timeoutMs, maxPoints: 50 }), whole);
    assert.equal(result.code, ExportResultCode.SUCCESS);
    assert.deepEqual(putTogether(inner.getMetrics()), putTogether([whole]));
    assert(meter.most() <= 50, String(meter.most()));
  });

  test('ends with the first request that fails, and the next push begins anew', async () => {
    const whole = await everything();
    let requests = 0;
    const failing = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const error = new Error('no');
    failing.export = (_metrics, done) =>
      done(++requests % 2 === 0 ? { code: ExportResultCode.FAILED, error } : { code: ExportResultCode.SUCCESS });
    const batches = inBatches(failing, { timeoutMs, maxPoints: 50 });
    assert.deepEqual(await export_(batches, whole), { code: ExportResultCode.FAILED, error });
    assert.equal(requests, 2);
    await export_(batches, whole);
    assert.equal(requests, 4);
  });

  test('sends nothing after its deadline, and nothing while an older push is under way', async () => {
    const whole = await everything();
    const answers: ((result: ExportResult) => void)[] = [];
    const slow = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    slow.export = (_metrics, done) => answers.push(done);
    const batches = inBatches(slow, { timeoutMs: 30, maxPoints: 50 });
    const first = export_(batches, whole);
    while (answers.length === 0) await turn();
    const second = await export_(batches, whole);
    assert.match(String(second.error), /before it has not ended/);
    const deadline = performance.now() + 60;
    while (performance.now() < deadline) await turn();
    answers[0]?.({ code: ExportResultCode.SUCCESS });
    assert.match(String((await first).error), /not all of it was sent within 30 ms/);
    assert.equal(answers.length, 1);
  });

  test('is waited for by a flush', async () => {
    const whole = await everything();
    const inner = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const batches = inBatches(inner, { timeoutMs, maxPoints: 50 });
    const pushed = export_(batches, whole);
    await batches.forceFlush();
    assert.deepEqual(putTogether(inner.getMetrics()), putTogether([whole]));
    await pushed;
  });
});
