import type { RecordableHistogram } from 'node:perf_hooks';
import type { FailReason, Progress } from './plan.ts';

/** All a worker has to say at the end. */
export interface WorkerResult extends Progress {
  readonly failedByReason: Partial<Record<FailReason, number>>;
  readonly pingErrorsByReason: Readonly<Record<string, number>>;
  readonly disconnects: number;
  /** Round trips in nanoseconds. */
  readonly rtt: RecordableHistogram;
  /** From dial to open connection, in nanoseconds. */
  readonly setup: RecordableHistogram;
}

/** What a worker sends. */
export type WorkerMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'result'; readonly result: WorkerResult };
