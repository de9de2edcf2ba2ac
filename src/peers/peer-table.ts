import { EventEmitter } from 'node:events';
import type { Connection, Libp2pEvents, StreamCloseEvent, TypedEventTarget } from '@libp2p/interface';
import type { CloseReason, Direction } from '../contract/vocabulary.ts';

/** One open connection. */
export interface LiveConnection {
  readonly id: string;
  readonly peerId: string;
  readonly direction: Direction;
  readonly remoteAddress: string;
  /** On the monotonic clock of the table. */
  readonly openedAtMs: number;
  /** The libp2p connection itself. */
  readonly connection: Connection;
}

/** One peer with at least one open connection. */
export interface LivePeer {
  readonly id: string;
  /** When its first connection opened, on the monotonic clock of the table. */
  readonly connectedAtMs: number;
  /** In the order they opened. */
  readonly connections: readonly LiveConnection[];
}

/** What happens to peers and connections; `opened` comes before `joined`, `closed` before `left`. */
export interface PeerTableEvents {
  opened: [connection: LiveConnection];
  closed: [connection: LiveConnection, reason: CloseReason, durationMs: number];
  joined: [peer: LivePeer];
  left: [peer: LivePeer];
}

interface PeerEntry extends LivePeer {
  readonly connections: LiveConnection[];
}

/** What the table needs of a libp2p node. */
export interface ConnectionSource extends TypedEventTarget<Libp2pEvents> {
  getConnections(): Connection[];
}

export interface PeerTableInit {
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/**
 * Who is connected now, from libp2p's own connection events, on servers and clients alike.
 *
 * Each count is kept as it changes; nothing here walks all connections to answer how many there are.
 */
export class PeerTable extends EventEmitter<PeerTableEvents> {
  readonly #now: () => number;
  readonly #peers = new Map<string, PeerEntry>();
  readonly #counts: Record<Direction, number> = { inbound: 0, outbound: 0 };
  /** Why this side is closing a connection, said before it is closed. */
  readonly #closing = new Map<string, CloseReason>();

  constructor(init: PeerTableInit = {}) {
    super();
    this.#now = init.now ?? (() => performance.now());
  }

  /** Takes in the connections the node has, and follows all that come, until the function it returns is called. */
  follow(node: ConnectionSource): () => void {
    const onOpen = (event: CustomEvent<Connection>): void => this.#open(event.detail);
    node.addEventListener('connection:open', onOpen);
    for (const connection of node.getConnections()) this.#open(connection);
    return () => node.removeEventListener('connection:open', onOpen);
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  get connectionCount(): number {
    return this.#counts.inbound + this.#counts.outbound;
  }

  /** Open connections by the side that opened them. */
  get connectionCounts(): Readonly<Record<Direction, number>> {
    return this.#counts;
  }

  hasPeer(peerId: string): boolean {
    return this.#peers.has(peerId);
  }

  peer(peerId: string): LivePeer | undefined {
    return this.#peers.get(peerId);
  }

  peers(): IterableIterator<LivePeer> {
    return this.#peers.values();
  }

  /** The connection of a peer that opened last: what is to be used, for an older one may be half dead. */
  newestConnection(peerId: string): LiveConnection | undefined {
    return this.#peers.get(peerId)?.connections.at(-1);
  }

  /** Ages in seconds of all open connections, ascending. */
  connectionAges(): Float64Array {
    const now = this.#now();
    const ages = new Float64Array(this.connectionCount);
    let at = 0;
    for (const peer of this.#peers.values()) {
      for (const { openedAtMs } of peer.connections) ages[at++] = (now - openedAtMs) / 1000;
    }
    return ages.sort();
  }

  /** Ends a connection at once, for this reason, whether or not the other side still answers. */
  drop(connection: LiveConnection, reason: CloseReason): void {
    this.#closing.set(connection.id, reason);
    connection.connection.abort(new Error(`connection given up: ${reason}`));
  }

  /** Says why all connections open now are about to be closed. */
  announceClose(reason: CloseReason): void {
    for (const peer of this.#peers.values()) {
      for (const { id } of peer.connections) this.#closing.set(id, reason);
    }
  }

  #open(connection: Connection): void {
    // The remote may have gone between the handshake and this event: it never was a peer.
    if (connection.status !== 'open') return;
    const live: LiveConnection = {
      id: connection.id,
      peerId: connection.remotePeer.toString(),
      direction: connection.direction,
      remoteAddress: connection.remoteAddr.toString(),
      openedAtMs: this.#now(),
      connection,
    };
    connection.addEventListener('close', (event) => this.#close(live, event), { once: true });
    const known = this.#peers.get(live.peerId);
    const peer = known ?? { id: live.peerId, connectedAtMs: live.openedAtMs, connections: [] };
    peer.connections.push(live);
    this.#peers.set(peer.id, peer);
    this.#counts[live.direction]++;
    this.emit('opened', live);
    if (known === undefined) this.emit('joined', peer);
  }

  #close(live: LiveConnection, event: StreamCloseEvent): void {
    const peer = this.#peers.get(live.peerId);
    const index = peer?.connections.indexOf(live) ?? -1;
    if (peer === undefined || index < 0) return;
    peer.connections.splice(index, 1);
    this.#counts[live.direction]--;
    if (peer.connections.length === 0) this.#peers.delete(peer.id);
    const reason = this.#closing.get(live.id) ?? closeReason(event);
    this.#closing.delete(live.id);
    this.emit('closed', live, reason, this.#now() - live.openedAtMs);
    if (peer.connections.length === 0) this.emit('left', peer);
  }
}

function closeReason(event: StreamCloseEvent): CloseReason {
  if (event.error !== undefined && event.error !== null) return 'reset';
  return event.local === true ? 'local' : 'remote';
}
