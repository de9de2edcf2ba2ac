import type { PeerDetails } from '../contract/per-peer.ts';
import type { LivePeer, PeerTable } from '../peers/peer-table.ts';
import type { Prober } from '../probe/prober.ts';

export interface PerPeerInit {
  readonly table: PeerTable;
  readonly prober: Prober;
  /** Most peers that are told of. */
  readonly cap: number;
  /** Peers that come first. */
  readonly targets: ReadonlySet<string>;
}

/**
 * The peers connected now: configured targets first, then those connected longest, up to the cap.
 *
 * Each is read when it is asked for. A peer that has left by then is passed over, even if it has come back since.
 */
export function* livePeerSeries({ table, prober, cap, targets }: PerPeerInit): Generator<PeerDetails> {
  for (const peer of mostImportant(table, targets, cap)) {
    const newest = peer.connections.at(-1);
    if (newest === undefined || table.peer(peer.id) !== peer) continue;
    const pings = prober.pings(peer.id);
    yield {
      peerId: peer.id,
      sinceMs: performance.timeOrigin + peer.connectedAtMs,
      rttSeconds: pings?.rttSeconds,
      jitterSeconds: pings?.jitterSeconds ?? 0,
      failures: pings?.failures ?? 0,
      direction: newest.direction,
      address: newest.remoteAddress,
      target: targets.has(peer.id),
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
