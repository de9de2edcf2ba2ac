import type { Attributes, HrTime } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { METRIC_ROWS } from '../contract/metrics.ts';
import type { Temporality } from './exporters/temporality.ts';

/** What the other side has of a series. */
interface Sent {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: number | Histogram;
  /** The push it was last in. */
  readonly push: number;
}

/**
 * Makes differences out of totals, for backends that want those: each point says what came since the last one that got
 * through. What a failed push carried is in the next one.
 *
 * The SDK would do it, but not for what comes from metric producers, which is all there is here; and with the SDK's
 * differences, what a failed push carried is gone.
 */
export class Deltas {
  readonly #temporality: Temporality;
  readonly #sent = new Map<string, Sent>();
  #push = 0;

  constructor(temporality: Temporality) {
    this.#temporality = temporality;
  }

  /** The exporter, given differences. */
  around(inner: PushMetricExporter): PushMetricExporter {
    return {
      export: (metrics, done) => {
        const found = new Map<string, Sent>();
        inner.export(this.#differences(metrics, found), (result) => {
          if (result.code === ExportResultCode.SUCCESS) for (const [key, sent] of found) this.#sent.set(key, sent);
          done(result);
        });
      },
      forceFlush: () => inner.forceFlush(),
      shutdown: () => inner.shutdown(),
    };
  }

  /** All of a push got through: series that were not in it are gone, and forgotten. */
  sweep(): void {
    for (const [key, { push }] of this.#sent) if (push !== this.#push) this.#sent.delete(key);
    this.#push++;
  }

  #differences({ resource, scopeMetrics }: ResourceMetrics, found: Map<string, Sent>): ResourceMetrics {
    const convert = (metric: MetricData): MetricData =>
      this.#isConverted(metric) ? this.#converted(metric, found) : metric;
    return {
      resource,
      scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(convert) })),
    };
  }

  #isConverted({ descriptor, ...metric }: MetricData): boolean {
    const counts =
      metric.dataPointType === DataPointType.HISTOGRAM ||
      (metric.dataPointType === DataPointType.SUM && metric.isMonotonic);
    return counts && (this.#temporality === 'delta' || COUNTED_AS_IT_HAPPENS.has(descriptor.name));
  }

  #converted(metric: MetricData, found: Map<string, Sent>): MetricData {
    const { name } = metric.descriptor;
    const points = metric.dataPoints as readonly DataPoint<number | Histogram>[];
    const dataPoints = points.map((point) => {
      const key = keyOf(name, point.attributes);
      const before = this.#sent.get(key);
      const { startTime, endTime, value } = point;
      found.set(key, { startTime, endTime, value, push: this.#push });
      // Another start is another life of the series: nothing of it has been sent.
      if (before === undefined || !isSameTime(before.startTime, startTime)) return point;
      return { ...point, startTime: before.endTime, value: difference(value, before.value) };
    });
    // The compiler does not see that the values are of the metric's own kind.
    return { ...metric, aggregationTemporality: AggregationTemporality.DELTA, dataPoints } as MetricData;
  }
}

/** Under either naming. */
const COUNTED_AS_IT_HAPPENS: ReadonlySet<string> = new Set(
  METRIC_ROWS.filter(({ source }) => source === 'record').flatMap(({ name, instrument }) => [name, instrument]),
);

function difference(now: number | Histogram, before: number | Histogram): number | Histogram {
  if (typeof now === 'number' || typeof before === 'number') return Number(now) - Number(before);
  const counts = now.buckets.counts.map((count, at) => count - (before.buckets.counts[at] ?? 0));
  return {
    buckets: { boundaries: now.buckets.boundaries, counts },
    sum: (now.sum ?? 0) - (before.sum ?? 0),
    count: now.count - before.count,
  };
}

const keyOf = (name: string, attributes: Attributes): string => `${name} ${JSON.stringify(attributes)}`;

const isSameTime = (a: HrTime, b: HrTime): boolean => a[0] === b[0] && a[1] === b[1];
