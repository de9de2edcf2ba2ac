import type { PerPeerSeries } from '../contract/per-peer.ts';

/** Series of single peers, packed for the way between processes: thousands of them are a few buffers. */
export interface PerPeerColumns {
  readonly peerIds: readonly string[];
  /** `sinceMs`, `rttSeconds` (NaN for none), `jitterSeconds`, `failures` of one peer after the other. */
  readonly numbers: Float64Array;
}

const WIDTH = 4;

export function pack(series: readonly PerPeerSeries[]): PerPeerColumns {
  const numbers = new Float64Array(series.length * WIDTH);
  series.forEach(({ sinceMs, rttSeconds = Number.NaN, jitterSeconds, failures }, at) => {
    numbers.set([sinceMs, rttSeconds, jitterSeconds, failures], at * WIDTH);
  });
  return { peerIds: series.map(({ peerId }) => peerId), numbers };
}

export function unpack({ peerIds, numbers }: PerPeerColumns): PerPeerSeries[] {
  return peerIds.map((peerId, at) => {
    const [sinceMs = 0, rtt = Number.NaN, jitterSeconds = 0, failures = 0] = numbers.subarray(at * WIDTH);
    return { peerId, sinceMs, rttSeconds: Number.isNaN(rtt) ? undefined : rtt, jitterSeconds, failures };
  });
}

/**
 * The series of all processes: a peer connected to several is one peer, with the round trips over its newest connection
 * and the failures of all. At most `cap`: targets first, then those connected longest.
 */
export function mergePerPeer(
  parts: readonly (readonly PerPeerSeries[])[],
  { cap, targets }: { readonly cap: number; readonly targets: ReadonlySet<string> },
): PerPeerSeries[] {
  const peers = new Map<string, PerPeerSeries>();
  for (const series of parts.flat()) {
    const known = peers.get(series.peerId);
    peers.set(series.peerId, known === undefined ? series : together(known, series));
  }
  const rank = (peer: PerPeerSeries): number => (targets.has(peer.peerId) ? 0 : 1);
  const all = [...peers.values()];
  return all.length <= cap ? all : all.sort((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs).slice(0, cap);
}

function together(a: PerPeerSeries, b: PerPeerSeries): PerPeerSeries {
  const newest = a.sinceMs > b.sinceMs ? a : b;
  return { ...newest, sinceMs: Math.min(a.sinceMs, b.sinceMs), failures: a.failures + b.failures };
}
