/** Which peers are connected to which workers: a peer with connections to several is one peer. */
export class Roster {
  readonly #workers = new Map<string, Set<number>>();
  /** The most peers there have been at once. */
  peak = 0;

  get size(): number {
    return this.#workers.size;
  }

  joined(worker: number, peerId: string): void {
    const workers = this.#workers.get(peerId) ?? new Set();
    this.#workers.set(peerId, workers.add(worker));
    this.peak = Math.max(this.peak, this.size);
  }

  left(worker: number, peerId: string): void {
    const workers = this.#workers.get(peerId);
    workers?.delete(worker);
    if (workers?.size === 0) this.#workers.delete(peerId);
  }

  /** A worker has ended, and its connections with it. */
  ended(worker: number): void {
    for (const peerId of this.#workers.keys()) this.left(worker, peerId);
  }
}
