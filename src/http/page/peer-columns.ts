import type { LivePeerRow } from '../../live/feed.ts';
import { count, longTime, moment, shortTime, written } from './format.ts';
import type { PeerKey } from './peer-order.ts';
import { harmless } from './text.ts';

/** A column of the peer table. */
export interface PeerColumn {
  readonly key: PeerKey;
  readonly label: string;
  /** What a cell says. @param nowMs the daemon's own time */
  readonly text: (peer: LivePeerRow, nowMs: number) => string;
  /** What it says in full to who points at it. */
  readonly title?: (peer: LivePeerRow) => string;
  /** Whether a cell is worth a look. */
  readonly alarming?: (peer: LivePeerRow) => boolean;
}

export const PEER_COLUMNS: readonly PeerColumn[] = [
  {
    key: 'peerId',
    label: 'Peer',
    text: ({ peerId }) => harmless(peerId),
    title: ({ peerId }) => harmless(peerId),
  },
  { key: 'direction', label: 'Direction', text: ({ direction }) => harmless(direction) },
  {
    key: 'address',
    label: 'Address',
    text: ({ address }) => harmless(address),
    title: ({ address }) => harmless(address),
  },
  { key: 'target', label: 'Target', text: ({ target }) => (target ? 'target' : '') },
  {
    key: 'connectedAtMs',
    label: 'Connected for',
    text: ({ connectedAtMs }, nowMs) => written(longTime(Math.max(0, Math.floor((nowMs - connectedAtMs) / 1000)))),
    title: ({ connectedAtMs }) => (Number.isFinite(connectedAtMs) ? `since ${moment(connectedAtMs)}` : ''),
  },
  {
    key: 'rttSeconds',
    label: 'Round trip',
    text: ({ rttSeconds }) => written(shortTime(rttSeconds)),
    title: ({ rttSeconds }) => (rttSeconds === null ? 'no ping has been answered yet' : ''),
  },
  {
    key: 'jitterSeconds',
    label: 'Jitter',
    text: ({ jitterSeconds, rttSeconds }) => written(shortTime(rttSeconds === null ? null : jitterSeconds)),
    title: ({ rttSeconds }) => (rttSeconds === null ? 'no ping has been answered yet' : ''),
  },
  {
    key: 'failures',
    label: 'Failures',
    text: ({ failures }) => written(count()(failures)),
    alarming: ({ failures }) => failures > 0,
  },
];
