import type { Figures } from '../contract/figures.ts';
import type { LivePoint } from './feed.ts';
import { History } from './history.ts';
import type { LiveLimits } from './limits.ts';
import { endedDurations, pointOf, type Reading } from './point.ts';
import { since } from './quantile.ts';

export interface RecorderInit {
  /** What is measured now. */
  readonly figures: () => Promise<Figures>;
  readonly limits: Pick<LiveLimits, 'intervalMs' | 'keepMs'>;
  /** Monotonic milliseconds. @default performance.now */
  readonly clock?: () => number;
  /** Unix milliseconds. @default Date.now */
  readonly wallClock?: () => number;
}

/** Takes points, and keeps those of the last minutes. */
export class Recorder {
  readonly history: History;
  readonly #figures: () => Promise<Figures>;
  readonly #clock: () => number;
  readonly #wallClock: () => number;
  #before: Reading | undefined;

  constructor({ figures, limits, clock, wallClock }: RecorderInit) {
    const capacity = Math.ceil(limits.keepMs / limits.intervalMs);
    this.history = new History({ keepMs: limits.keepMs, capacity });
    this.#figures = figures;
    this.#clock = clock ?? (() => performance.now());
    this.#wallClock = wallClock ?? (() => Date.now());
  }

  /** Takes a point now. One at a time: it is told of the time since the one before. */
  async take(): Promise<LivePoint> {
    const figures = await this.#figures();
    const now = { figures, atMs: this.#wallClock(), clockMs: this.#clock() };
    const ended = endedDurations(figures);
    const point = pointOf({ now, before: this.#before, durations: since(ended, this.history.endedBefore) });
    this.history.add(point, ended.counts);
    this.#before = now;
    return point;
  }
}
