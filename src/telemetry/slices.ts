import type { MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';

/**
 * The same metrics in pieces of at most so many data points, in order; a metric with many points is spread over
 * several pieces.
 *
 * The SDK has the like of it inside `PeriodicExportingMetricReader`, but exports none.
 */
export function* slices({ resource, scopeMetrics }: ResourceMetrics, maxPoints: number): Generator<ResourceMetrics> {
  let piece: ScopeMetrics[] = [];
  let points = 0;
  for (const { scope, metrics } of scopeMetrics) {
    let taken: MetricData[] = [];
    piece.push({ scope, metrics: taken });
    for (const metric of metrics) {
      let from = 0;
      do {
        if (points === maxPoints) {
          yield { resource, scopeMetrics: piece };
          taken = [];
          piece = [{ scope, metrics: taken }];
          points = 0;
        }
        const part = withPoints(metric, from, from + maxPoints - points);
        taken.push(part);
        from += part.dataPoints.length;
        points += part.dataPoints.length;
      } while (from < metric.dataPoints.length);
    }
  }
  yield { resource, scopeMetrics: piece };
}

function withPoints(metric: MetricData, from: number, to: number): MetricData {
  if (from === 0 && to >= metric.dataPoints.length) return metric;
  // The compiler does not see that a slice of a union's array is a slice of that member's.
  return { ...metric, dataPoints: metric.dataPoints.slice(from, to) } as MetricData;
}
