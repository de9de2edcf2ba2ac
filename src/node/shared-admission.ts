import { EventEmitter } from 'node:events';
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { DenyReason, Direction } from '../contract/vocabulary.ts';
import type { AdmissionEvents, Gatekeeper } from './admission.ts';

/**
 * The places for peers and connections that several processes share, kept by one that sees them all. A place that was
 * asked for and granted is held until it is given back.
 */
export interface Places {
  takeConnection(): Promise<boolean>;
  giveConnection(): void;
  takePeer(peerId: string): Promise<boolean>;
  givePeer(peerId: string): void;
}

/** A peer with connections to this process, open or on their way. */
interface HeldPeer {
  connections: number;
  readonly place: Promise<boolean>;
}

/**
 * Decides who gets in where the limits are those of several processes together: `Admission`'s rules, with the places
 * asked for. A connection waits for the answer, and nothing it sends meanwhile is read.
 *
 * A place is held until the socket is gone, so that it is never counted out while the remote still has it.
 */
export class SharedAdmission extends EventEmitter<AdmissionEvents> implements Gatekeeper {
  readonly #places: Places;
  readonly #peers = new Map<string, HeldPeer>();

  constructor(places: Places) {
    super();
    this.#places = places;
  }

  gater(): ConnectionGater {
    return {
      denyDialMultiaddr: () => false,
      denyInboundConnection: (connection) => this.#denyConnection('inbound', connection),
      denyInboundEncryptedConnection: (peerId, connection) => this.#denyPeer('inbound', peerId, connection),
      denyOutboundConnection: async (peerId, connection) =>
        (await this.#denyConnection('outbound', connection)) || this.#denyPeer('outbound', peerId, connection),
    };
  }

  /** Nothing changes: the place is the same on the way in and inside. */
  opened(): void {}

  async #denyConnection(direction: Direction, connection: MultiaddrConnection): Promise<boolean> {
    if (!(await this.#places.takeConnection())) return this.#deny(direction, 'max_connections');
    whenGone(connection, () => this.#places.giveConnection());
    return false;
  }

  async #denyPeer(direction: Direction, peerId: PeerId, connection: MultiaddrConnection): Promise<boolean> {
    const peer = peerId.toString();
    const held = this.#peers.get(peer) ?? { connections: 0, place: this.#places.takePeer(peer) };
    this.#peers.set(peer, held);
    held.connections++;
    const granted = await held.place;
    if (granted) whenGone(connection, () => this.#leave(peer, held) && this.#places.givePeer(peer));
    else this.#leave(peer, held);
    return granted ? false : this.#deny(direction, 'max_peers');
  }

  /** True when that was the last connection of the peer. */
  #leave(peer: string, held: HeldPeer): boolean {
    held.connections--;
    return held.connections === 0 && this.#peers.delete(peer);
  }

  #deny(direction: Direction, reason: DenyReason): true {
    this.emit('denied', direction, reason);
    return true;
  }
}

/** At once when it has gone while its place was asked for. */
function whenGone(connection: MultiaddrConnection, then: () => void): void {
  const here = connection.status === 'open' || connection.status === 'closing';
  if (here) connection.addEventListener('close', then, { once: true });
  else then();
}
