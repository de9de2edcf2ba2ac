import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import {
  AggregationTemporality,
  AggregationType,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Config } from '../../config/settings.ts';
import type { Exporter, ExporterInit } from './exporter.ts';
import { inBatches } from './in-batches.ts';

/** Push: OTLP over HTTP to a Collector, or to whatever else takes it. */
export async function createOtlpExporter({ config, producers, health }: ExporterInit): Promise<Exporter> {
  const timeoutMillis = config.exportTimeoutMs ?? config.exportIntervalMs;
  const destination = displayUrl(config.otlpEndpoint);
  const measured = measure(inBatches(await otlpExporter(config, timeoutMillis), { timeoutMs: timeoutMillis }), {
    succeeded: (ms) => health.succeeded('otlp', ms, destination),
    failed: (ms, reason) => health.failed('otlp', ms, destination, reason),
  });
  // One deadline for both: a reader that gives up earlier would leave the exporter's retries running, and they would
  // deliver older points after newer ones.
  const reader = new PeriodicExportingMetricReader({
    exporter: measured,
    exportIntervalMillis: config.exportIntervalMs,
    exportTimeoutMillis: timeoutMillis,
    metricProducers: producers,
  });
  return { reader, destination };
}

async function otlpExporter(config: Config, timeoutMillis: number): Promise<PushMetricExporter> {
  const { OTLPMetricExporter } =
    config.otlpProtocol === 'http/json'
      ? await import('@opentelemetry/exporter-metrics-otlp-http')
      : await import('@opentelemetry/exporter-metrics-otlp-proto');
  const compressionChosen =
    process.env.OTEL_EXPORTER_OTLP_METRICS_COMPRESSION ?? process.env.OTEL_EXPORTER_OTLP_COMPRESSION;
  return new OTLPMetricExporter({
    url: config.otlpEndpoint,
    timeoutMillis,
    // What the environment says the library reads itself; without a word, gzip: a tenth of the bytes.
    ...(compressionChosen === undefined ? { compression: 'gzip' as CompressionAlgorithm } : {}),
  });
}

interface Outcome {
  succeeded(durationMs: number): void;
  failed(durationMs: number, reason: string): void;
}

/** The exporter, with the outcome of each export told. */
function measure(inner: PushMetricExporter, outcome: Outcome): PushMetricExporter {
  return {
    export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
      const startedAt = performance.now();
      inner.export(metrics, (result) => {
        const took = performance.now() - startedAt;
        if (result.code === ExportResultCode.SUCCESS) outcome.succeeded(took);
        else outcome.failed(took, reasonOf(result.error));
        done(result);
      });
    },
    forceFlush: () => inner.forceFlush(),
    shutdown: () => inner.shutdown(),
    selectAggregation: (type) => inner.selectAggregation?.(type) ?? { type: AggregationType.DEFAULT },
    selectAggregationTemporality: (type) =>
      inner.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
  };
}

function reasonOf(error: Error | undefined): string {
  if (error === undefined) return 'no reason given';
  const { code, message } = error as Error & { code?: number | string };
  // Node reports several addresses of one name as an AggregateError without a text.
  const text = message === '' && error instanceof AggregateError ? error.errors.map(String).join('; ') : message;
  return typeof code === 'number' ? `HTTP ${code} ${text}`.trim() : text || String(code ?? error.name);
}

/** The URL without credentials that may stand in it. */
function displayUrl(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return `${parsed.origin}${parsed.pathname}`;
}
