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

/**
 * The series of the peers connected now: configured targets first, then those connected longest, up to the cap.
 *
 * Each is read when it is asked for. A peer that has left by then is passed over, even if it has come back since.
 */
export function* livePeerSeries({ table, prober, cap, targets }: PerPeerInit): Generator<PerPeerSeries> {
  for (const peer of mostImportant(table, targets, cap)) {
    if (table.peer(peer.id) !== peer) continue;
    const pings = prober.pings(peer.id);
    yield {
      peerId: peer.id,
      sinceMs: performance.timeOrigin + peer.connectedAtMs,
      rttSeconds: pings?.rttSeconds,
      jitterSeconds: pings?.jitterSeconds ?? 0,
      failures: pings?.failures ?? 0,
    };
  }
}

/** Costs no more than the cap: the table gives its peers in the order in which they connected. */
function mostImportant(table: PeerTable, targets: ReadonlySet<string>, cap: number): LivePeer[] {
  const chosen = [...targets].flatMap((id) => table.peer(id) ?? []).slice(0, cap);
  for (const peer of table.peers()) {
    if (chosen.length >= cap) break;
    if (!targets.has(peer.id)) chosen.push(peer);
  }
  return chosen;
}
