import type { PeerDetails, PerPeerSeries } from '../contract/per-peer.ts';

/** Series of single peers, packed for the way between processes: thousands of them are a few buffers. */
export interface PerPeerColumns {
  readonly peerIds: readonly string[];
  /** `sinceMs`, `rttSeconds` (NaN for none), `jitterSeconds`, `failures` of one peer after the other. */
  readonly numbers: Float64Array;
}

/** The same peers with what people want to know besides. */
export interface PeerColumns extends PerPeerColumns {
  readonly addresses: readonly string[];
  /** `OUTBOUND` and `TARGET` of each. */
  readonly flags: Uint8Array;
}

const WIDTH = 4;
const OUTBOUND = 1;
const TARGET = 2;

export function pack(series: readonly PerPeerSeries[]): PerPeerColumns {
  const numbers = new Float64Array(series.length * WIDTH);
  series.forEach(({ sinceMs, rttSeconds = Number.NaN, jitterSeconds, failures }, at) => {
    numbers.set([sinceMs, rttSeconds, jitterSeconds, failures], at * WIDTH);
  });
  return { peerIds: series.map(({ peerId }) => peerId), numbers };
}

export function unpack({ peerIds, numbers }: PerPeerColumns): PerPeerSeries[] {
  return peerIds.map((peerId, at) => {
    const from = at * WIDTH;
    const [sinceMs = 0, rtt = Number.NaN, jitterSeconds = 0, failures = 0] = numbers.subarray(from, from + WIDTH);
    return { peerId, sinceMs, rttSeconds: Number.isNaN(rtt) ? undefined : rtt, jitterSeconds, failures };
  });
}

export function packDetails(peers: readonly PeerDetails[]): PeerColumns {
  const flags = peers.map(({ direction, target }) => (direction === 'outbound' ? OUTBOUND : 0) | (target ? TARGET : 0));
  return { ...pack(peers), addresses: peers.map(({ address }) => address), flags: Uint8Array.from(flags) };
}

export function unpackDetails(columns: PeerColumns): PeerDetails[] {
  return unpack(columns).map((series, at) => {
    const flags = columns.flags[at] ?? 0;
    return {
      ...series,
      direction: flags & OUTBOUND ? 'outbound' : 'inbound',
      address: columns.addresses[at] ?? '',
      target: (flags & TARGET) !== 0,
    };
  });
}

/**
 * The peers of all processes: one that is connected to several is one peer, with the round trips over its newest
 * connection and the failures of all. At most `cap`: targets first, then those connected longest.
 */
export function mergePerPeer<Peer extends PerPeerSeries>(
  parts: readonly (readonly Peer[])[],
  { cap, targets }: { readonly cap: number; readonly targets: ReadonlySet<string> },
): Peer[] {
  const peers = new Map<string, Peer>();
  for (const peer of parts.flat()) {
    const known = peers.get(peer.peerId);
    peers.set(peer.peerId, known === undefined ? peer : together(known, peer));
  }
  const rank = (peer: PerPeerSeries): number => (targets.has(peer.peerId) ? 0 : 1);
  return [...peers.values()].sort((a, b) => rank(a) - rank(b) || a.sinceMs - b.sinceMs).slice(0, cap);
}

function together<Peer extends PerPeerSeries>(a: Peer, b: Peer): Peer {
  const newest = a.sinceMs > b.sinceMs ? a : b;
  return { ...newest, sinceMs: Math.min(a.sinceMs, b.sinceMs), failures: a.failures + b.failures };
}
