import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, type MetricData } from '@opentelemetry/sdk-metrics';
import type { MetricRow } from '../contract/row.ts';

/** What the SDK says of a metric besides its points, for those that do not come from its instruments. */
export function metricFrame(row: MetricRow): Pick<MetricData, 'descriptor' | 'aggregationTemporality'> {
  const descriptor = {
    name: row.name,
    description: row.help,
    unit: row.unit,
    valueType: ValueType.DOUBLE,
  };
  return { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
}
