import { performance } from 'node:perf_hooks';
import { EventLoopMonitor } from './event-loop.ts';
import { type OnGc, observeGc } from './gc.ts';
import { platformReader } from './platform.ts';
import { ProcessorMeter } from './processor.ts';
import type { PlatformReader, ProcessSample } from './sample.ts';
import { HeapReader } from './v8-heap.ts';

export type { ProcessSample } from './sample.ts';

export interface ProcessSamplerInit {
  /** Time between two samples, which is the window of `cpuPercent` and `utilization`. @default 1000 */
  intervalMs?: number;
  /** Told of every garbage collection while the sampler runs. */
  onGc?: OnGc | undefined;
  /** @default the one for this operating system */
  platform?: PlatformReader;
  /** The monotonic clock, in milliseconds. @default performance.now */
  now?: () => number;
}

/**
 * Looks at this process on one timer of its own.
 *
 * Every reader of the metrics is given the same last sample. If each took its own differences, two readers would halve
 * each other's windows and disagree.
 */
export class ProcessSampler {
  readonly #intervalMs: number;
  readonly #onGc: OnGc | undefined;
  readonly #platform: PlatformReader;
  readonly #now: () => number;
  readonly #processor = new ProcessorMeter();
  readonly #heap = new HeapReader();
  readonly #eventLoop = new EventLoopMonitor();
  #timer: NodeJS.Timeout | undefined;
  #stopObservingGc: (() => void) | undefined;
  #latest: ProcessSample | undefined;

  constructor(init: ProcessSamplerInit = {}) {
    this.#intervalMs = init.intervalMs ?? 1000;
    this.#onGc = init.onGc;
    this.#platform = init.platform ?? platformReader();
    this.#now = init.now ?? (() => performance.now());
  }

  /** Takes a sample now and one every interval. Keeps no process alive; does nothing when already started. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#eventLoop.start();
    if (this.#onGc !== undefined) this.#stopObservingGc = observeGc(this.#onGc);
    this.sample();
    this.#timer = setInterval(() => this.sample(), this.#intervalMs).unref();
  }

  /** The last sample stays readable. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopObservingGc?.();
    this.#stopObservingGc = undefined;
    this.#eventLoop.stop();
  }

  /** The last sample; the first one is taken now when there is none yet. */
  latest(): ProcessSample {
    return this.#latest ?? this.sample();
  }

  /** Takes a sample now. It becomes the latest, and ends the sampling window. */
  sample(): ProcessSample {
    const atMs = this.#now();
    this.#latest = {
      atMs,
      ...this.#platform.read(),
      ...this.#processor.read(atMs),
      heap: this.#heap.read(),
      eventLoop: this.#eventLoop.read(atMs),
    };
    return this.#latest;
  }
}
