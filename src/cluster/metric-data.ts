import type { HrTime } from '@opentelemetry/api';
import { type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { type Figures, type HistogramValue, rowOf } from '../contract/figures.ts';
import type { Naming } from '../contract/naming.ts';
import { metricFrame } from '../telemetry/metric-frame.ts';

/** Figures in the form that leaves the program, as the SDK would have made them. */
export function metricData(
  figures: Figures,
  { naming, startTime, endTime }: { readonly naming: Naming; readonly startTime: HrTime; readonly endTime: HrTime },
): MetricData[] {
  const metrics: MetricData[] = [];
  for (const [key, points] of figures) {
    if (points.length === 0) continue;
    const row = rowOf(key);
    const frame = metricFrame(row, naming);
    const timed = points.map((point) => ({ ...point, startTime, endTime }));
    // The rows say which points are histograms; the types cannot.
    const numbers = timed as DataPoint<number>[];
    if (row.kind === 'histogram') {
      const dataPoints = timed as DataPoint<HistogramValue>[];
      metrics.push({ ...frame, dataPointType: DataPointType.HISTOGRAM, dataPoints });
    } else if (row.kind === 'gauge') {
      metrics.push({ ...frame, dataPointType: DataPointType.GAUGE, dataPoints: numbers });
    } else {
      const isMonotonic = row.kind === 'counter';
      metrics.push({ ...frame, dataPointType: DataPointType.SUM, isMonotonic, dataPoints: numbers });
    }
  }
  return metrics;
}
