import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, type MetricData } from '@opentelemetry/sdk-metrics';
import { type Naming, streamName } from '../contract/naming.ts';
import type { MetricRow } from '../contract/row.ts';

/** What the SDK says of a metric besides its points, for those that do not come from its instruments. */
export function metricFrame(row: MetricRow, naming: Naming): Pick<MetricData, 'descriptor' | 'aggregationTemporality'> {
  const descriptor = {
    name: streamName(row, naming),
    description: row.help,
    unit: row.unit,
    valueType: ValueType.DOUBLE,
  };
  return { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
}
