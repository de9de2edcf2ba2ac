import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type HistogramMetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { HistogramStore } from '../contract/instruments.ts';
import type { MetricRow } from '../contract/row.ts';
import { FixedHistogram } from './fixed-histogram.ts';
import { METER } from './meter.ts';
import { metricFrame } from './metric-frame.ts';

interface Series {
  readonly attributes: Attributes;
  readonly histogram: FixedHistogram;
}

/**
 * Keeps the daemon's histograms and gives them to readers as the SDK would: same names, bounds and fields.
 *
 * Not instruments of the SDK: an observation in those costs 8 times as much, with three attributes 60 times
 * (`bench/micro/recording.ts`), and a series of theirs begins with its first observation. Here every label set is there
 * from the start, at 0, so that a rate exists before the first one.
 */
export class HistogramProducer implements MetricProducer {
  readonly #startTime: HrTime = millisToHrTime(Date.now());
  readonly #rows = new Map<MetricRow, Series[]>();

  /** What `Instruments` is to keep its histograms in. */
  readonly store: HistogramStore = (row) => {
    const series: Series[] = [];
    this.#rows.set(row, series);
    return (attributes) => {
      const histogram = new FixedHistogram(row.buckets ?? []);
      series.push({ attributes, histogram });
      return histogram;
    };
  };

  collect(): Promise<CollectionResult> {
    // The clock that the SDK dates its own points by.
    const endTime = millisToHrTime(Date.now());
    const metrics = [...this.#rows].map(([row, series]) => this.#metric(row, series, endTime));
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: METER, metrics }];
    return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] });
  }

  #metric(row: MetricRow, series: readonly Series[], endTime: HrTime): HistogramMetricData {
    return {
      ...metricFrame(row),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: series.map(({ attributes, histogram }) => this.#point(row, attributes, histogram, endTime)),
    };
  }

  #point(row: MetricRow, attributes: Attributes, histogram: FixedHistogram, endTime: HrTime): DataPoint<Histogram> {
    const counts = histogram.counts();
    const count = counts.reduce((sum, of) => sum + of, 0);
    const buckets = { boundaries: [...(row.buckets ?? [])], counts };
    return { attributes, startTime: this.#startTime, endTime, value: { sum: histogram.sum, count, buckets } };
  }
}
