import type { HistogramValue } from '../contract/figures.ts';

/** How much came into each bucket of a histogram. */
export interface Buckets {
  /** Upper bounds, ascending. */
  readonly boundaries: readonly number[];
  /** One for each bound, and one for what lies above them all; not added up from bucket to bucket. */
  readonly counts: readonly number[];
}

/**
 * A quantile of what the buckets hold, as Prometheus' `histogram_quantile` has it: values lie evenly within their
 * bucket, the lowest bucket begins at 0, and what lies above the highest bound is taken to be at it.
 *
 * @param quantile above 0, at most 1
 * @returns null when the buckets are empty
 */
export function quantileOf({ boundaries, counts }: Buckets, quantile: number): number | null {
  const rank = quantile * counts.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return null;
  let below = 0;
  for (const [at, upper] of boundaries.entries()) {
    const count = counts[at] ?? 0;
    if (below + count >= rank) {
      const lower = boundaries[at - 1] ?? 0;
      return lower + (upper - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return boundaries.at(-1) ?? null;
}

/** The buckets of all label sets of a histogram together. */
export function together(histograms: readonly HistogramValue[]): Buckets {
  const boundaries = histograms[0]?.buckets.boundaries ?? [];
  const counts = Array.from({ length: boundaries.length + 1 }, (_, at) =>
    histograms.reduce((sum, { buckets }) => sum + (buckets.counts[at] ?? 0), 0),
  );
  return { boundaries, counts };
}

/** What came into the buckets since they held the earlier counts. */
export function since({ boundaries, counts }: Buckets, earlier: readonly number[]): Buckets {
  return { boundaries, counts: counts.map((count, at) => Math.max(0, count - (earlier[at] ?? 0))) };
}
