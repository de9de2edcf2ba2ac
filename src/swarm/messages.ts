import type { RecordableHistogram } from 'node:perf_hooks';
import type { SwarmPingError } from './open-loop.ts';
import type { FailReason } from './plan.ts';
import type { Counts } from './tally.ts';

/** What a worker has to say a few times a second. */
export interface WorkerSample {
  readonly counts: Counts;
  /** Round trips since the sample before, in nanoseconds. */
  readonly recentRtt: RecordableHistogram | undefined;
}

/** All a worker has to say at the end. */
export interface WorkerResult {
  readonly counts: Counts;
  /** Peers whose turn to dial never came. */
  readonly notDialed: number;
  readonly failedByReason: Partial<Record<FailReason, number>>;
  readonly pingErrorsByReason: Partial<Record<SwarmPingError, number>>;
  /** Round trips in nanoseconds. */
  readonly rtt: RecordableHistogram;
  /** From dial to open connection, in nanoseconds. */
  readonly setup: RecordableHistogram;
  /** How late pings left that had nobody to wait for, in nanoseconds. */
  readonly late: RecordableHistogram;
}

/** What a worker sends. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'sample'; readonly sample: WorkerSample }
  | { readonly type: 'result'; readonly result: WorkerResult };

/** What it is told: to begin, all workers at once; to end. */
export type WorkerOrder = 'go' | 'stop';
