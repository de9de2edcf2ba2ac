import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  AggregationTemporality,
  AggregationType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { slices } from '../slices.ts';
import { nextTurn, POINTS_A_TURN } from '../turns.ts';

export interface BatchesInit {
  /** A push that takes longer has failed; what is left of it is not sent. */
  readonly timeoutMs: number;
  /** Most data points of one request. @default POINTS_A_TURN */
  readonly maxPoints?: number;
}

/**
 * The exporter, with each push sent in requests of so many points, one after the other: an exporter serialises a
 * request in one go, and the event loop stands still for that long.
 *
 * The first request that fails ends the push. The reader's own `maxExportBatchSize` would try every other one too, each
 * with its own deadline, and count each as a push. No push begins before the last one has ended, so no older points
 * arrive after newer ones.
 */
export function inBatches(
  inner: PushMetricExporter,
  { timeoutMs, maxPoints = POINTS_A_TURN }: BatchesInit,
): PushMetricExporter {
  let underWay: Promise<ExportResult> | undefined;
  const push = async (metrics: ResourceMetrics): Promise<ExportResult> => {
    const deadlineMs = performance.now() + timeoutMs;
    for (const batch of slices(metrics, maxPoints)) {
      await nextTurn();
      if (performance.now() > deadlineMs) return failure(`not all of it was sent within ${timeoutMs} ms`);
      const result = await exported(inner, batch);
      if (result.code !== ExportResultCode.SUCCESS) return result;
    }
    return { code: ExportResultCode.SUCCESS };
  };
  return {
    export(metrics, done) {
      if (underWay !== undefined) return done(failure('the push before it has not ended'));
      underWay = push(metrics).finally(() => {
        underWay = undefined;
      });
      underWay.then(done, (error: Error) => done({ code: ExportResultCode.FAILED, error }));
    },
    async forceFlush() {
      await underWay;
      await inner.forceFlush();
    },
    shutdown: () => inner.shutdown(),
    selectAggregation: (type) => inner.selectAggregation?.(type) ?? { type: AggregationType.DEFAULT },
    selectAggregationTemporality: (type) =>
      inner.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE,
  };
}

function exported(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<ExportResult> {
  return new Promise((resolve) => exporter.export(metrics, resolve));
}

const failure = (reason: string): ExportResult => ({ code: ExportResultCode.FAILED, error: new Error(reason) });
