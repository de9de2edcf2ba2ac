import type { LivePeerRow } from '../../live/feed.ts';

/** What peers can be put in order by: a column of the table each. */
export type PeerKey = keyof LivePeerRow;

export interface PeerOrder {
  readonly key: PeerKey;
  readonly falling: boolean;
}

/** Whether the greatest or the newest come first when a column is chosen: of figures, those to worry about. */
const FALLING_FIRST: Readonly<Record<PeerKey, boolean>> = {
  peerId: false,
  direction: false,
  address: false,
  target: true,
  connectedAtMs: true,
  rttSeconds: true,
  jitterSeconds: true,
  failures: true,
};

/** The order a chosen column gives: its own at first, the other way round when it is chosen again. */
export function nextOrder(order: PeerOrder, key: PeerKey): PeerOrder {
  return { key, falling: order.key === key ? !order.falling : FALLING_FIRST[key] };
}

/** Peers in this order, those without the figure last; equal ones stay as they were sent. */
export function sortPeers(peers: readonly LivePeerRow[], { key, falling }: PeerOrder): LivePeerRow[] {
  const sign = falling ? -1 : 1;
  return peers.toSorted((a, b) => {
    const [left, right] = [rank(a, key), rank(b, key)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    if (left === right) return 0;
    return left < right ? -sign : sign;
  });
}

/** The table has how long ago a peer came, where the feed has when. */
function rank(peer: LivePeerRow, key: PeerKey): string | number | boolean | null {
  return key === 'connectedAtMs' ? -peer.connectedAtMs : peer[key];
}

/** Those whose id, address or direction has these words in it, all of them; `target` finds configured targets. */
export function filterPeers(peers: readonly LivePeerRow[], text: string): readonly LivePeerRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return peers;
  return peers.filter((peer) => {
    const all = `${peer.peerId} ${peer.address} ${peer.direction} ${peer.target ? 'target' : ''}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
