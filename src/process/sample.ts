/** What one look at this process found. Sizes in bytes, durations in seconds. */
export interface ProcessSample extends PlatformReading, ProcessorReading {
  /** When it was taken, in milliseconds of the monotonic clock (`performance.now()`). */
  readonly atMs: number;
  readonly heap: HeapReading;
  readonly eventLoop: EventLoopReading;
}

/** What the operating system says; a figure it does not give is absent, never a guess. */
export interface PlatformReading {
  readonly rssBytes: number;
  /** Linux only. */
  readonly vmsBytes?: number | undefined;
  /** Largest resident set so far, never below `rssBytes`. */
  readonly peakBytes: number;
  /** Open descriptors; one opened to count them is not among them. */
  readonly fdCount: number;
  /** Soft limit; absent when there is none or it is unknown. Node.js raises it to the hard limit when it starts. */
  readonly fdLimit?: number | undefined;
  /** Kernel threads. Linux only. */
  readonly threadCount?: number | undefined;
}

export interface ProcessorReading {
  /** Processor time since the process started, all threads. */
  readonly cpu: { readonly userSeconds: number; readonly systemSeconds: number };
  /** Processor time over the last sampling window; 100 is one core, several threads can use more. 0 at first. */
  readonly cpuPercent: number;
  /** Since the process started, all threads. */
  readonly contextSwitches: { readonly voluntary: number; readonly involuntary: number };
}

export interface HeapReading {
  readonly spaces: readonly HeapSpace[];
  /** Heap size at which V8 gives up. */
  readonly limitBytes: number;
  /** Memory outside the heap that JavaScript objects hold, array buffers included. */
  readonly externalBytes: number;
  /** Memory of array buffers, Node.js buffers among them. */
  readonly arrayBuffersBytes: number;
}

export interface HeapSpace {
  /** V8's name for it, such as `old_space`. */
  readonly name: string;
  readonly usedBytes: number;
  /** Held by V8, used or free. */
  readonly totalBytes: number;
}

/** How late the event loop was, over the last 10 to 20 s; 0 is on time. */
export interface EventLoopReading {
  readonly meanSeconds: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
  /** Share of the last sampling window the loop was busy, 0 to 1. */
  readonly utilization: number;
}

/** Reads what the operating system knows about this process. */
export interface PlatformReader {
  read(): PlatformReading;
}
