import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import { METRIC_ROWS } from '../contract/metrics.ts';
import { type Naming, streamName } from '../contract/naming.ts';

/**
 * The same metrics under the names an exporter is to give them. Inside the program they have the documented ones: a name
 * is a matter of who is told, and each exporter may be told another.
 */
export function named(producer: MetricProducer, naming: Naming): MetricProducer {
  if (naming === 'documented') return producer;
  return {
    async collect(options) {
      const { resourceMetrics, errors } = await producer.collect(options);
      const { resource, scopeMetrics } = resourceMetrics;
      const renamed = scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(toSemantic) }));
      return { resourceMetrics: { resource, scopeMetrics: renamed }, errors };
    },
  };
}

const SEMANTIC_NAMES = new Map(METRIC_ROWS.map((row) => [row.name, streamName(row, 'semantic')]));

function toSemantic(metric: MetricData): MetricData {
  const name = SEMANTIC_NAMES.get(metric.descriptor.name);
  return name === undefined ? metric : { ...metric, descriptor: { ...metric.descriptor, name } };
}
