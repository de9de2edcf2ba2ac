import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { PushTimes } from '../../config/exporter-type.ts';
import { Deltas } from '../deltas.ts';
import type { Outcome } from './exporter.ts';
import { inBatches } from './in-batches.ts';
import type { Temporality } from './temporality.ts';

export interface PushInit {
  readonly exporter: PushMetricExporter;
  /** @default 'cumulative' */
  readonly temporality?: Temporality;
  readonly push: PushTimes;
  readonly producers: MetricProducer[];
  readonly outcome: Outcome;
  /** Most data points of one request. @default as few as are written in one turn of the event loop */
  readonly maxPoints?: number;
}

/** A reader that hands all metrics to the exporter, some points at a time, once in each interval. */
export function pushReader(init: PushInit): PeriodicExportingMetricReader {
  const { exporter, temporality = 'cumulative', push, producers, outcome, maxPoints } = init;
  const { intervalMs, timeoutMs } = push;
  const deltas = temporality === 'cumulative' ? undefined : new Deltas(temporality);
  const sender = inBatches(deltas?.around(exporter) ?? exporter, { timeoutMs, ...(maxPoints && { maxPoints }) });
  const told: Outcome = {
    succeeded(durationMs) {
      deltas?.sweep();
      outcome.succeeded(durationMs);
    },
    failed: (durationMs, reason) => outcome.failed(durationMs, reason),
  };
  // One deadline for both: a reader that gives up earlier would leave the exporter's retries running, and they would
  // deliver older points after newer ones.
  return new PeriodicExportingMetricReader({
    exporter: measured(sender, told),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: producers,
  });
}

/** The exporter, with the outcome of each push told. */
function measured(inner: PushMetricExporter, outcome: Outcome): PushMetricExporter {
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
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
}

function reasonOf(error: Error | undefined): string {
  if (error === undefined) return 'no reason given';
  const { code, message } = error as Error & { code?: number | string };
  // Node reports several addresses of one name as an AggregateError without a text.
  const text = message === '' && error instanceof AggregateError ? error.errors.map(String).join('; ') : message;
  return typeof code === 'number' ? `HTTP ${code} ${text}`.trim() : text || String(code ?? error.name);
}
