import type { PerPeerSeries } from '../contract/per-peer.ts';
import type { LivePeer, PeerTable } from '../peers/peer-table.ts';
import type { Prober } from '../probe/prober.ts';

export interface PerPeerInit {
  readonly table: PeerTable;
  readonly prober: Prober;
  /** Most peers that get series of their own; 0 switches them off. */
  readonly cap: number;
  /** Peers that come first. */
  readonly targets: ReadonlySet<string>;
}

/** The series of the peers connected now: configured targets first, then those connected longest, up to the cap. */
export function livePeerSeries({ table, prober, cap, targets }: PerPeerInit): PerPeerSeries[] {
  if (cap === 0) return [];
  const peers = [...table.peers()];
  const chosen = peers.length <= cap ? peers : [...peers].sort(byImportance(targets)).slice(0, cap);
  return chosen.map((peer) => {
    const pings = prober.pings(peer.id);
    return {
      peerId: peer.id,
      sinceMs: performance.timeOrigin + peer.connectedAtMs,
      rttSeconds: pings?.rttSeconds,
      jitterSeconds: pings?.jitterSeconds ?? 0,
      failures: pings?.failures ?? 0,
    };
  });
}

function byImportance(targets: ReadonlySet<string>): (a: LivePeer, b: LivePeer) => number {
  const rank = (peer: LivePeer): number => (targets.has(peer.id) ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || a.connectedAtMs - b.connectedAtMs;
}
