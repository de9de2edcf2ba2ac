import type { ProcessorReading } from './sample.ts';

const MICROSECONDS = 1e-6;

/** Processor time of this process, and the share of a core it took between two readings. */
export class ProcessorMeter {
  #window: { startMs: number; startSeconds: number } | undefined;
  #percent = 0;

  /** @param atMs the monotonic clock; at the same instant as before the share stays what it was */
  read(atMs: number): ProcessorReading {
    // One system call for all of it, so that the figures belong together.
    const usage = process.resourceUsage();
    const userSeconds = usage.userCPUTime * MICROSECONDS;
    const systemSeconds = usage.systemCPUTime * MICROSECONDS;
    this.#closeWindow(atMs, userSeconds + systemSeconds);
    return {
      cpu: { userSeconds, systemSeconds },
      cpuPercent: this.#percent,
      contextSwitches: { voluntary: usage.voluntaryContextSwitches, involuntary: usage.involuntaryContextSwitches },
    };
  }

  #closeWindow(atMs: number, seconds: number): void {
    if (this.#window !== undefined) {
      const elapsedSeconds = (atMs - this.#window.startMs) / 1000;
      if (elapsedSeconds <= 0) return;
      this.#percent = (Math.max(0, seconds - this.#window.startSeconds) / elapsedSeconds) * 100;
    }
    this.#window = { startMs: atMs, startSeconds: seconds };
  }
}
