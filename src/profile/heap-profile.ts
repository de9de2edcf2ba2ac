/** A function, or what stands in for one (`(root)`, `(GC)`); lines and columns from 0, as V8 counts. */
export interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** A function as it was called from its parent, and the bytes it allocated itself. */
export interface ProfileNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly id: number;
  readonly children: readonly ProfileNode[];
}

/** What V8's sampling heap profiler gives, and what a `.heapprofile` file holds. */
export interface HeapProfile {
  readonly head: ProfileNode;
  readonly samples: readonly { readonly size: number; readonly nodeId: number; readonly ordinal: number }[];
}

/** How long a profile may take at most, in seconds. */
export const MAX_PROFILE_SECONDS = 300;

/** What to sample. */
export interface ProfileRequest {
  readonly seconds: number;
  /**
   * Only what is still in use at the end. Otherwise everything that was allocated meanwhile, collected or not: that is
   * what makes work for the collector, and short-lived objects are most of it.
   */
  readonly living: boolean;
  /** Which process of a daemon that has several; undefined leaves it to the daemon. */
  readonly process?: string | undefined;
}

/** Takes a profile, as JSON; ends early, and throws, when the signal is aborted. */
export type TakeProfile = (request: ProfileRequest, signal: AbortSignal) => Promise<string>;
