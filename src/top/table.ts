import type { LivePeerRow } from '../live/feed.ts';

/** What the table can be sorted by. The first press of a key brings the worst to the top, a second one turns it round. */
export const SORTS = {
  rtt: { key: 'r', title: 'RTT', of: (row: LivePeerRow) => row.rttSeconds ?? Number.NEGATIVE_INFINITY },
  jitter: { key: 'j', title: 'JITTER', of: (row: LivePeerRow) => row.jitterSeconds },
  failures: { key: 'f', title: 'FAILED', of: (row: LivePeerRow) => row.failures },
  age: { key: 'a', title: 'AGE', of: (row: LivePeerRow) => -row.connectedAtMs },
  peer: { key: 'p', title: 'PEER', of: undefined },
} as const;

export type Sort = keyof typeof SORTS;

export interface TableView {
  readonly sort: Sort;
  readonly reversed: boolean;
  /** Part of a peer id or address; empty for all. */
  readonly filter: string;
}

/** The rows that are wanted, in their order; rows that are equal in it go by their peer id. */
export function arranged(rows: readonly LivePeerRow[], { sort, reversed, filter }: TableView): LivePeerRow[] {
  const wanted = filter.toLowerCase();
  const isWanted = ({ peerId, address }: LivePeerRow): boolean =>
    [peerId, address, shortAddress(address)].some((text) => text.toLowerCase().includes(wanted));
  const { of } = SORTS[sort];
  const byId = (a: LivePeerRow, b: LivePeerRow): number => (a.peerId < b.peerId ? -1 : a.peerId > b.peerId ? 1 : 0);
  const order = of === undefined ? byId : (a: LivePeerRow, b: LivePeerRow) => of(b) - of(a) || byId(a, b);
  const sorted = (wanted === '' ? [...rows] : rows.filter(isWanted)).sort(order);
  return reversed ? sorted.reverse() : sorted;
}

/** `1.2.3.4:5` for `/ip4/1.2.3.4/tcp/5`; what is more than that stays as it is. */
export function shortAddress(address: string): string {
  return address.replace(/^\/ip4\/([^/]+)\/tcp\/(\d+)$/, '$1:$2').replace(/^\/ip6\/([^/]+)\/tcp\/(\d+)$/, '[$1]:$2');
}
