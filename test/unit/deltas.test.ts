import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { METRICS } from '../../src/contract/metrics.ts';
import { Deltas } from '../../src/telemetry/deltas.ts';

const CUMULATIVE = AggregationTemporality.CUMULATIVE;
const counted = METRICS.connectionsOpened.name;
const observed = METRICS.ioRead.name;

const frame = (name: string) => ({
  descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
  aggregationTemporality: CUMULATIVE,
});
const point = <V>(value: V, second: number, { label = 'a', since = 0 } = {}) => ({
  attributes: { label },
  startTime: [since, 0] as [number, number],
  endTime: [second, 0] as [number, number],
  value,
});
type Points = { readonly dataPoints: ReturnType<typeof point<number>>[] };
const sum = (name: string, ...dataPoints: Points['dataPoints']): MetricData => ({
  ...frame(name),
  dataPointType: DataPointType.SUM,
  isMonotonic: true,
  dataPoints,
});

/** What an exporter that does as it is told was given, and its way through the differences. */
function sending(temporality: 'delta' | 'lowmemory') {
  const given: MetricData[][] = [];
  let works = true;
  const inner: PushMetricExporter = {
    export(metrics, done) {
      given.push(metrics.scopeMetrics.flatMap((scope) => scope.metrics));
      done({ code: works ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const deltas = new Deltas(temporality);
  const exporter = deltas.around(inner);
  const batch = (...metrics: MetricData[]): ResourceMetrics => ({
    resource: emptyResource(),
    scopeMetrics: [{ scope: { name: 'test' }, metrics }],
  });
  const send = (...metrics: MetricData[]) => {
    let outcome: ExportResult | undefined;
    exporter.export(batch(...metrics), (result) => {
      outcome = result;
    });
    if (outcome?.code === ExportResultCode.SUCCESS) deltas.sweep();
    return given.at(-1) ?? [];
  };
  const fail = (...metrics: MetricData[]) => {
    works = false;
    send(...metrics);
    works = true;
  };
  return { send, fail };
}

const summary = (metrics: readonly MetricData[]) =>
  metrics.flatMap(({ dataPoints, aggregationTemporality }) =>
    (dataPoints as Points['dataPoints']).map(({ value, startTime, endTime }) => ({
      value,
      from: startTime[0],
      to: endTime[0],
      delta: aggregationTemporality === AggregationTemporality.DELTA,
    })),
  );

describe('differences', () => {
  test('are what came since the last push, from where that ended', () => {
    const { send } = sending('delta');
    assert.deepEqual(summary(send(sum(counted, point(5, 10)))), [{ value: 5, from: 0, to: 10, delta: true }]);
    assert.deepEqual(summary(send(sum(counted, point(7, 20)))), [{ value: 2, from: 10, to: 20, delta: true }]);
    assert.deepEqual(summary(send(sum(counted, point(7, 30)))), [{ value: 0, from: 20, to: 30, delta: true }]);
  });

  test('of a push that failed are in the next one', () => {
    const { send, fail } = sending('delta');
    send(sum(counted, point(5, 10)));
    fail(sum(counted, point(8, 20)));
    fail(sum(counted, point(9, 30)));
    assert.deepEqual(summary(send(sum(counted, point(11, 40)))), [{ value: 6, from: 10, to: 40, delta: true }]);
  });

  test('tell label sets apart', () => {
    const { send } = sending('delta');
    send(sum(counted, point(1, 10), point(10, 10, { label: 'b' })));
    const second = summary(send(sum(counted, point(2, 20), point(30, 20, { label: 'b' }))));
    assert.deepEqual(
      second.map(({ value }) => value),
      [1, 20],
    );
  });

  test('begin anew with a series that begins anew, or that was away', () => {
    const { send } = sending('delta');
    send(sum(counted, point(5, 10)));
    assert.deepEqual(summary(send(sum(counted, point(3, 20, { since: 15 })))), [
      { value: 3, from: 15, to: 20, delta: true },
    ]);
    send();
    assert.deepEqual(
      summary(send(sum(counted, point(4, 30, { since: 15 })))).map(({ value }) => value),
      [4],
    );
  });

  test('of histograms are made bucket by bucket', () => {
    const { send } = sending('delta');
    const histogram = (counts: number[], total: number, second: number): MetricData => ({
      ...frame(METRICS.pingRtt.name),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [
        point({ buckets: { boundaries: [1, 2], counts }, sum: total, count: counts.reduce((a, b) => a + b) }, second),
      ],
    });
    send(histogram([1, 0, 2], 7, 10));
    const [{ value }] = summary(send(histogram([1, 3, 4], 16, 20))) as unknown as [{ value: unknown }];
    assert.deepEqual(value, { buckets: { boundaries: [1, 2], counts: [0, 3, 2] }, sum: 9, count: 5 });
  });

  test('are not made of gauges, nor of what goes up and down', () => {
    const { send } = sending('delta');
    const gauge: MetricData = { ...frame('g'), dataPointType: DataPointType.GAUGE, dataPoints: [point(5, 10)] };
    const upAndDown = { ...sum('u', point(5, 10)), isMonotonic: false } as MetricData;
    send(gauge, upAndDown);
    assert.deepEqual(
      summary(send(gauge, upAndDown)).map(({ value, delta }) => [value, delta]),
      [
        [5, false],
        [5, false],
      ],
    );
  });

  test('with lowmemory are made only of what is counted as it happens', () => {
    const { send } = sending('lowmemory');
    send(sum(counted, point(5, 10)), sum(observed, point(5, 10)));
    const second = summary(send(sum(counted, point(6, 20)), sum(observed, point(6, 20))));
    assert.deepEqual(
      second.map(({ value, delta }) => [value, delta]),
      [
        [1, true],
        [6, false],
      ],
    );
  });
});
