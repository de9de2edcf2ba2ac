import { type CollectionResult, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Figures, Point } from '../contract/figures.ts';
import { METRIC_ROWS, type MetricKey } from '../contract/metrics.ts';
import { type Naming, streamName } from '../contract/naming.ts';

/** What a reader has collected, by the keys of the contract; metrics that are not in it are left out. */
export function figuresOf(collected: CollectionResult, naming: Naming): Figures {
  const keys = KEYS[naming];
  const figures = new Map<MetricKey, readonly Point[]>();
  for (const { metrics } of collected.resourceMetrics.scopeMetrics) {
    for (const metric of metrics) {
      const key = keys.get(metric.descriptor.name);
      if (key !== undefined) figures.set(key, pointsOf(metric));
    }
  }
  return figures;
}

function pointsOf(metric: MetricData): readonly Point[] {
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return [];
  return metric.dataPoints.map(({ attributes, value }) => ({
    attributes: attributes as Point['attributes'],
    value: typeof value === 'number' ? value : { buckets: value.buckets, sum: value.sum ?? 0, count: value.count },
  }));
}

const keysBy = (naming: Naming): ReadonlyMap<string, MetricKey> =>
  new Map(METRIC_ROWS.map((row) => [streamName(row, naming), row.key]));

const KEYS: Readonly<Record<Naming, ReadonlyMap<string, MetricKey>>> = {
  documented: keysBy('documented'),
  semantic: keysBy('semantic'),
};
