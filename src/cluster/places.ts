import type { Limits } from '../node/admission.ts';

/**
 * Which worker holds how many of the places for peers and connections; the only one who gives them out, so that there
 * are never more of either than the limits say, however unevenly the kernel shares connections out.
 *
 * A peer with connections to several workers holds one place.
 */
export class PlaceKeeper {
  readonly #limits: Limits;
  /** Connections by worker. */
  readonly #connections = new Map<number, number>();
  /** Workers by peer. */
  readonly #peers = new Map<string, Set<number>>();
  #connectionCount = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  /** False when there is none left. */
  takeConnection(worker: number): boolean {
    if (this.#connectionCount >= this.#limits.maxConnections) return false;
    this.#connectionCount++;
    this.#connections.set(worker, (this.#connections.get(worker) ?? 0) + 1);
    return true;
  }

  giveConnection(worker: number): void {
    const held = this.#connections.get(worker) ?? 0;
    if (held === 0) return;
    this.#connectionCount--;
    this.#connections.set(worker, held - 1);
  }

  /** False when there is none left. */
  takePeer(worker: number, peerId: string): boolean {
    const workers = this.#peers.get(peerId);
    if (workers !== undefined) workers.add(worker);
    else if (this.#peers.size >= this.#limits.maxPeers) return false;
    else this.#peers.set(peerId, new Set([worker]));
    return true;
  }

  givePeer(worker: number, peerId: string): void {
    const workers = this.#peers.get(peerId);
    workers?.delete(worker);
    if (workers?.size === 0) this.#peers.delete(peerId);
  }

  /** Takes back all places of a worker that has ended. */
  giveAll(worker: number): void {
    this.#connectionCount -= this.#connections.get(worker) ?? 0;
    this.#connections.delete(worker);
    for (const peerId of this.#peers.keys()) this.givePeer(worker, peerId);
  }
}
