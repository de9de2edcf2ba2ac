import type { Distribution } from '../contract/instruments.ts';

/**
 * One series of a histogram in a typed array: taking an observation allocates nothing.
 *
 * A bucket holds what is at most its bound, as OpenTelemetry and Prometheus have it.
 */
export class FixedHistogram implements Distribution {
  readonly #bounds: Float64Array;
  /** A count for each bound, one for what lies above them all, and behind them the sum. */
  readonly #figures: Float64Array;
  readonly #sumAt: number;

  /** @param bounds upper bounds, ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds);
    this.#sumAt = bounds.length + 1;
    this.#figures = new Float64Array(bounds.length + 2);
  }

  record(value: number): void {
    // A sum never recovers from NaN or infinity.
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    const bounds = this.#bounds;
    const figures = this.#figures;
    let at = 0;
    // Round trips fall into the lowest buckets, where going through them from below is faster than halving.
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    figures[at] = (figures[at] as number) + 1;
    figures[this.#sumAt] = (figures[this.#sumAt] as number) + value;
  }

  /** A copy of the counts, not added up from bucket to bucket. */
  counts(): number[] {
    return Array.from(this.#figures.subarray(0, this.#sumAt));
  }

  get sum(): number {
    return this.#figures[this.#sumAt] as number;
  }
}
