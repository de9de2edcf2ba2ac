import type { LivePoint } from '../../live/feed.ts';

/** A moment at which nothing is known: lines are broken there. */
export interface Break {
  readonly atMs: number;
  readonly broken: true;
}

export type Moment = LivePoint | Break;

export function isPoint(moment: Moment): moment is LivePoint {
  return !('broken' in moment);
}

/** Without a point for so many intervals the daemon was not there, or could not measure. */
const MISSED_INTERVALS = 15;

/** The points of the last minutes, oldest first, and nothing that was not measured. */
export class Timeline {
  #moments: Moment[] = [];
  #keepMs = 15 * 60_000;
  #missedMs = MISSED_INTERVALS * 1000;

  /** All that is kept. What was handed out does not change afterwards. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** How long points are kept, and how far they are apart when all is well. */
  keep(keepMs: number, intervalMs: number): void {
    this.#keepMs = keepMs;
    this.#missedMs = MISSED_INTERVALS * intervalMs;
  }

  /**
   * Takes what the daemon remembers, in place of what is here of the same time. What is older stays: it was told by a
   * daemon that has been started anew since. In between there is a break.
   */
  remember(history: readonly LivePoint[]): void {
    const from = history[0]?.atMs ?? Number.POSITIVE_INFINITY;
    this.#moments = this.#moments.filter(({ atMs }) => atMs < from);
    this.#interrupt();
    for (const point of history) this.#append(point);
    this.#forget();
  }

  /** Takes a new point. */
  add(point: LivePoint): void {
    this.#moments = [...this.#moments];
    this.#append(point);
    this.#forget();
  }

  /** Forgets everything: another daemon speaks. */
  clear(): void {
    this.#moments = [];
  }

  #append(point: LivePoint): void {
    // A point that is not the newest comes of a clock that was set back: what it had measured since is not true.
    while ((this.#moments.at(-1)?.atMs ?? 0) >= point.atMs) this.#moments.pop();
    const last = this.#moments.at(-1);
    if (last !== undefined && point.atMs - last.atMs > this.#missedMs) this.#interrupt();
    this.#moments.push(point);
  }

  /** Nothing is known between the newest point and the one that comes next. */
  #interrupt(): void {
    const last = this.#moments.at(-1);
    if (last !== undefined && isPoint(last)) this.#moments.push({ atMs: last.atMs + 1, broken: true });
  }

  #forget(): void {
    const end = this.#moments.at(-1)?.atMs ?? 0;
    this.#moments = this.#moments.filter(({ atMs }) => atMs > end - this.#keepMs);
  }
}

/** The moments of the last `spanMs` before the newest point. */
export function within(moments: readonly Moment[], spanMs: number): readonly Moment[] {
  const end = newest(moments)?.atMs ?? 0;
  return moments.filter(({ atMs }) => atMs >= end - spanMs);
}

export function newest(moments: readonly Moment[]): LivePoint | undefined {
  return moments.findLast(isPoint);
}
