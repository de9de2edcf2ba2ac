import type { PeerDetails } from '../contract/per-peer.ts';
import { nextTurn } from '../telemetry/turns.ts';
import type { LiveEvents, LivePeerRow } from './feed.ts';

/** Rows put into text in one turn of the event loop: about a millisecond. */
const ROWS_A_TURN = 250;

/** An event as it goes over the wire. The text of JSON has no line ends of its own. */
export function eventText<K extends keyof LiveEvents>(event: K, data: LiveEvents[K], id?: number): string {
  return `${eventHead(event)}${JSON.stringify(data)}${id === undefined ? '' : `\nid: ${id}`}${EVENT_END}`;
}

export function eventHead(event: keyof LiveEvents): string {
  return `event: ${event}\ndata: `;
}

export const EVENT_END = '\n\n';

/** The `peers` event, made in several turns of the event loop. */
export async function peersEvent(total: number, peers: Iterable<PeerDetails>): Promise<string> {
  const rows: string[] = [];
  for (const peer of peers) {
    rows.push(JSON.stringify(rowOf(peer)));
    if (rows.length % ROWS_A_TURN === 0) await nextTurn();
  }
  // Somebody may have come while the rows were made.
  return `${eventHead('peers')}{"total":${Math.max(total, rows.length)},"peers":[${rows.join()}]}${EVENT_END}`;
}

function rowOf({ peerId, direction, address, target, ...measured }: PeerDetails): LivePeerRow {
  return {
    peerId,
    direction,
    address: withoutId(address, peerId),
    target,
    connectedAtMs: Math.round(measured.sinceMs),
    rttSeconds: measured.rttSeconds ?? null,
    jitterSeconds: measured.jitterSeconds,
    failures: measured.failures,
  };
}

/** libp2p puts the peer id at the end of most addresses; it is a field of its own here. */
function withoutId(address: string, peerId: string): string {
  const id = `/p2p/${peerId}`;
  return address.endsWith(id) ? address.slice(0, -id.length) : address;
}
