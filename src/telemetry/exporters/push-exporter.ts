import { ExportResultCode } from '@opentelemetry/core';
import { AggregationTemporality, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** An exporter of the SDK that is no more than a function that writes, and another that ends it. */
export function exporterOf(
  write: (metrics: ResourceMetrics) => Promise<void>,
  close: () => Promise<void> = () => Promise.resolve(),
): PushMetricExporter {
  return {
    export(metrics, done) {
      write(metrics).then(
        () => done({ code: ExportResultCode.SUCCESS }),
        (error: Error) => done({ code: ExportResultCode.FAILED, error }),
      );
    },
    forceFlush: () => Promise.resolve(),
    shutdown: close,
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
}
