import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DataPointType, type HistogramMetricData, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Instruments } from '../../src/contract/instruments.ts';
import { METRIC_ROWS, METRICS } from '../../src/contract/metrics.ts';
import { NAMINGS } from '../../src/contract/naming.ts';
import { labelSets, metricViews } from '../../src/contract/views.ts';
import { DIRECTIONS } from '../../src/contract/vocabulary.ts';
import { FixedHistogram } from '../../src/telemetry/fixed-histogram.ts';
import { HistogramProducer } from '../../src/telemetry/histogram-producer.ts';
import { named } from '../../src/telemetry/named.ts';

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};

  async histograms(): Promise<HistogramMetricData[]> {
    const { resourceMetrics } = await this.collect();
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .filter((metric) => metric.dataPointType === DataPointType.HISTOGRAM);
  }
}

/** What a reader gets, without what names moments; the SDK's descriptors have fields of its own besides. */
function comparable(metrics: readonly HistogramMetricData[]) {
  return metrics.map(({ descriptor: { name, description, unit, valueType }, dataPoints, ...rest }) => ({
    descriptor: { name, description, unit, valueType },
    ...rest,
    dataPoints: dataPoints.map(({ startTime: _, endTime: __, value: { min, max, ...value }, ...point }) => {
      assert.deepEqual([min, max], [undefined, undefined]);
      return { ...point, value };
    }),
  }));
}

describe('HistogramProducer', () => {
  for (const naming of NAMINGS) {
    test(`gives a reader what the SDK would, field by field (${naming} names)`, async () => {
      const sdkReader = new Reader();
      const provider = new MeterProvider({ readers: [sdkReader], views: metricViews(naming) });
      const producer = new HistogramProducer();
      const ownReader = new Reader({ metricProducers: [named(producer, naming)] });
      const meter = new MeterProvider({ readers: [ownReader] }).getMeter('test');
      for (const instruments of [new Instruments(provider.getMeter('test')), new Instruments(meter, producer.store)]) {
        const rtt = instruments.histogram('pingRtt')({});
        for (const value of [0, 0.00005, 0.000051, 0.3, 10, 10.1, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
          rtt.record(value);
        }
        const duration = instruments.histogram('connectionDuration');
        for (const [at, direction] of DIRECTIONS.entries()) duration({ direction }).record(at + 0.5);
      }
      const own = comparable(await ownReader.histograms());
      assert.deepEqual(own, comparable(await sdkReader.histograms()));
      assert.equal(own[0]?.dataPoints[0]?.value.count, 6);
    });
  }

  test('has every label set of every histogram at 0 before the first observation', async () => {
    const producer = new HistogramProducer();
    const reader = new Reader({ metricProducers: [producer] });
    const instruments = new Instruments(new MeterProvider({ readers: [reader] }).getMeter('test'), producer.store);
    const rows = METRIC_ROWS.filter(({ kind }) => kind === 'histogram');
    for (const { key } of rows) instruments.histogram(key as 'pingRtt');
    const found = await reader.histograms();
    assert.deepEqual(
      found.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ attributes }) => attributes)]),
      rows.map((row) => [row.name, labelSets(row)]),
    );
    for (const { value } of found.flatMap(({ dataPoints }) => dataPoints)) {
      assert.equal(value.count, 0);
      assert.equal(value.sum, 0);
      assert(value.buckets.counts.every((count) => count === 0));
    }
  });

  test('goes on counting from collection to collection, and what was given stays as it was', async () => {
    const producer = new HistogramProducer();
    const reader = new Reader({ metricProducers: [producer] });
    const instruments = new Instruments(new MeterProvider({ readers: [reader] }).getMeter('test'), producer.store);
    const rtt = instruments.histogram('pingRtt')({});
    rtt.record(1);
    const [first] = await reader.histograms();
    rtt.record(2);
    const [second] = await reader.histograms();
    assert.equal(first?.dataPoints[0]?.value.count, 1);
    assert.equal(second?.dataPoints[0]?.value.count, 2);
    assert.equal(second?.dataPoints[0]?.value.sum, 3);
    assert.deepEqual(first?.dataPoints[0]?.startTime, second?.dataPoints[0]?.startTime);
  });
});

test('FixedHistogram puts each value into the first bucket whose bound is not below it', () => {
  const bounds = METRICS.pingRtt.buckets;
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.double({ min: 0, max: 12, noNaN: true }), fc.constantFrom(...bounds))),
      (values) => {
        const histogram = new FixedHistogram(bounds);
        for (const value of values) histogram.record(value);
        const expected = [...bounds, Number.POSITIVE_INFINITY].map(
          (bound, at) => values.filter((value) => value <= bound && value > (bounds[at - 1] ?? -1)).length,
        );
        assert.deepEqual(histogram.counts(), expected);
        assert.equal(
          histogram.sum,
          values.reduce((sum, value) => sum + value, 0),
        );
      },
    ),
  );
});
