import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { exposition } from '../exposition.ts';
import { PullReader } from '../pull-reader.ts';
import type { Exporter, ExporterInit } from './exporter.ts';

/**
 * Pull: the metrics endpoint. `PrometheusExporter` brings an HTTP server of its own, without a Host check and with port
 * 0 taken for 9464; only its serializer is used here.
 */
export function createPrometheusExporter({ producers, health }: ExporterInit): Exporter {
  const reader = new PullReader({ metricProducers: producers });
  const destination = 'the metrics endpoint';
  const scrape = async (): Promise<string> => {
    const startedAt = performance.now();
    const { resourceMetrics, errors }: CollectionResult = await reader.collect();
    const took = (): number => performance.now() - startedAt;
    if (errors.length > 0) health.failed('prometheus', took(), destination, String(errors[0]));
    const text = await exposition(resourceMetrics);
    if (errors.length === 0) health.succeeded('prometheus', took(), destination);
    return text;
  };
  return { reader, destination, scrape };
}
