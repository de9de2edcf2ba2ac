import { EventEmitter } from 'node:events';
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { DenyReason, Direction } from '../contract/vocabulary.ts';

/** How many peers and connections are taken at once. */
export interface Limits {
  /** @default 100 */
  readonly maxPeers: number;
  /** @default 200 */
  readonly maxConnections: number;
}

/** Who is here already, as the live table knows it. */
export interface Occupancy {
  readonly connectionCount: number;
  readonly peerCount: number;
  hasPeer(peerId: string): boolean;
}

export interface AdmissionInit {
  readonly limits: Limits;
  readonly occupancy: Occupancy;
}

export interface AdmissionEvents {
  denied: [direction: Direction, reason: DenyReason];
}

/** Who decides who gets in, as a node needs it. */
export interface Gatekeeper extends EventEmitter<AdmissionEvents> {
  /** What libp2p asks at each step of a connection; `true` refuses. */
  gater(): ConnectionGater;
  /** The live table has taken a connection of this peer in. */
  opened(peerId: string): void;
}

/**
 * The one place that decides who gets in.
 *
 * libp2p's own limits stand above these, for it only logs why it refuses; the connection gater asks here, where the
 * reason is known. Connections on their way in hold a place from the first packet until they are open or gone, so that
 * many at once cannot slip past a limit together.
 */
export class Admission extends EventEmitter<AdmissionEvents> implements Gatekeeper {
  readonly #init: AdmissionInit;
  /** Connections being upgraded, with the peer once the handshake has told who it is. */
  readonly #pending = new Map<MultiaddrConnection, string | undefined>();

  constructor(init: AdmissionInit) {
    super();
    this.#init = init;
  }

  gater(): ConnectionGater {
    return {
      denyDialMultiaddr: () => false,
      denyInboundConnection: (connection) => this.#denyConnection('inbound', connection),
      denyInboundEncryptedConnection: (peerId, connection) => this.#denyPeer('inbound', peerId, connection),
      denyOutboundConnection: (peerId, connection) =>
        this.#denyConnection('outbound', connection) || this.#denyPeer('outbound', peerId, connection),
    };
  }

  /** The live table has taken a connection of this peer in: its place is counted there from now on. */
  opened(peerId: string): void {
    for (const [connection, pendingPeer] of this.#pending) {
      if (pendingPeer === peerId) {
        this.#pending.delete(connection);
        return;
      }
    }
  }

  #denyConnection(direction: Direction, connection: MultiaddrConnection): boolean {
    const { limits, occupancy } = this.#init;
    if (occupancy.connectionCount + this.#pending.size >= limits.maxConnections) {
      return this.#deny(direction, 'max_connections');
    }
    this.#pending.set(connection, undefined);
    connection.addEventListener('close', () => this.#pending.delete(connection), { once: true });
    return false;
  }

  #denyPeer(direction: Direction, peerId: PeerId, connection: MultiaddrConnection): boolean {
    const { limits, occupancy } = this.#init;
    const peer = peerId.toString();
    const arriving = new Set([...this.#pending.values()].filter((id) => id !== undefined && !occupancy.hasPeer(id)));
    const isNew = !occupancy.hasPeer(peer) && !arriving.has(peer);
    if (isNew && occupancy.peerCount + arriving.size >= limits.maxPeers) {
      this.#pending.delete(connection);
      return this.#deny(direction, 'max_peers');
    }
    if (this.#pending.has(connection)) this.#pending.set(connection, peer);
    return false;
  }

  #deny(direction: Direction, reason: DenyReason): true {
    this.emit('denied', direction, reason);
    return true;
  }
}
