import { type ELDHistogram, type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { EventLoopReading } from './sample.ts';

/**
 * How often the loop's punctuality is checked. Each check wakes the process, and that is most of what an idle daemon
 * costs: 0.54 % of a core with a check every 20 ms, 0.18 % with one every 100 ms, 0.06 % with none, with one histogram or
 * with two (four idle daemons side by side for 60 s, by their threads' /proc/PID/task/N/schedstat).
 *
 * A stall that is longer is always seen, and up to this much of it is missed: what ran before the check was due. A
 * shorter one is seen as often as a check falls into it, which is how often it would have delayed anything.
 */
const RESOLUTION_MS = 100;

/** How long a stall stays visible at least; longer than the time between two scrapes or exports should be. */
const HALF_WINDOW_MS = 10_000;

/**
 * Measures how late the event loop is, and how busy.
 *
 * `monitorEventLoopDelay` sets a repeating libuv timer and records the whole time from one tick to the next, so an idle
 * loop reads its resolution, not 0 (src/histogram-inl.h `RecordDelta`). The resolution is taken off here.
 *
 * `reset()` also forgets the last tick: a stall that is under way is then in no histogram at all. Hence two of them,
 * both always recording and reset in turns every 10 s; the one reset longer ago is read. It always holds the last 10 to
 * 20 s, and what one missed while it was reset is in the other.
 */
export class EventLoopMonitor {
  #read: ELDHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #filling: ELDHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #turnedAtMs: number | undefined;
  #busyUntilNow: EventLoopUtilization = performance.eventLoopUtilization();
  #utilization = 0;

  start(): void {
    // In one turn of the loop, so that both timers share their wake-ups.
    this.#read.enable();
    this.#filling.enable();
  }

  stop(): void {
    this.#read.disable();
    this.#filling.disable();
  }

  /** @param atMs the monotonic clock */
  read(atMs: number): EventLoopReading {
    this.#turn(atMs);
    return { ...delays(this.#read), utilization: this.#closeWindow() };
  }

  #turn(atMs: number): void {
    this.#turnedAtMs ??= atMs;
    if (atMs - this.#turnedAtMs < HALF_WINDOW_MS) return;
    this.#turnedAtMs = atMs;
    [this.#read, this.#filling] = [this.#filling, this.#read];
    this.#filling.reset();
  }

  #closeWindow(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#busyUntilNow);
    // Not a number when no time has passed.
    if (Number.isFinite(utilization)) this.#utilization = Math.min(1, Math.max(0, utilization));
    this.#busyUntilNow = now;
    return this.#utilization;
  }
}

function delays(histogram: ELDHistogram): Omit<EventLoopReading, 'utilization'> {
  // An empty histogram gives NaN for the mean and 511 ns for percentiles.
  if (histogram.count === 0) return { meanSeconds: 0, p50Seconds: 0, p99Seconds: 0, maxSeconds: 0 };
  return {
    meanSeconds: lateness(histogram.mean),
    p50Seconds: lateness(histogram.percentile(50)),
    p99Seconds: lateness(histogram.percentile(99)),
    maxSeconds: lateness(histogram.max),
  };
}

/** A tick after a late one comes early, because libuv counts from when the late one was due to run. */
function lateness(tickNanoseconds: number): number {
  return Math.max(0, tickNanoseconds / 1e9 - RESOLUTION_MS / 1000);
}
