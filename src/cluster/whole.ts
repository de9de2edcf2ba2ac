import { type Figures, numberOf, type Point, totalOf } from '../contract/figures.ts';
import type { MetricKey } from '../contract/metrics.ts';
import { PERCENTILES } from '../contract/vocabulary.ts';
import type { Limits } from '../node/admission.ts';
import { nearestRank } from '../record/record-peers.ts';

export interface WholeInit {
  /** All processes, merged. */
  readonly merged: Figures;
  readonly workers: readonly { readonly figures: Figures; readonly connectionAges: Float64Array }[];
  /** Peers connected to any worker, each counted once. */
  readonly peerCount: number;
  readonly limits: Limits;
}

/**
 * The rows that only the whole can give: a ratio is that of the sums, for the mean of ratios is another number; a limit
 * is the configured one; a percentile is that of all connections.
 */
export function wholeFigures({ merged, workers, peerCount, limits }: WholeInit): Figures {
  const perPeer = (bytes: number): number => (peerCount === 0 ? 0 : bytes / peerCount);
  // Each worker's growth is told by its own mean times its own peers.
  const growth = workers.reduce(
    (sum, { figures }) => sum + totalOf(figures, 'memoryPerPeerMarginal') * totalOf(figures, 'peers'),
    0,
  );
  const single: readonly [MetricKey, number][] = [
    ['peers', peerCount],
    ['maxPeers', limits.maxPeers],
    ['poolSize', limits.maxConnections],
    ['poolUtilization', totalOf(merged, 'connections') / limits.maxConnections],
    ['memoryPerPeer', perPeer(numberOf(merged, 'memoryRss') ?? 0)],
    ['memoryPerPeerMarginal', perPeer(growth)],
  ];
  return new Map<MetricKey, readonly Point[]>([
    ...single.map(([key, value]) => [key, [{ attributes: {}, value }]] as const),
    ['connectionAge', agePercentiles(workers.map(({ connectionAges }) => connectionAges))],
  ]);
}

function agePercentiles(parts: readonly Float64Array[]): Point[] {
  const ages = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  return PERCENTILES.map((percentile) => ({
    attributes: { percentile },
    value: nearestRank(ages, Number(percentile)),
  }));
}
