import { PING_BYTES } from './ping-stream.ts';

const FIRST_ROOM = 64;

/** What the prober keeps of each peer, in arrays of numbers: a slot a peer, given back when the peer goes. */
export class PeerSlots {
  /** Last round trip in seconds; NaN before the first answer. */
  rttSeconds = new Float64Array(FIRST_ROOM);
  jitterSeconds = new Float64Array(FIRST_ROOM);
  failures = new Uint32Array(FIRST_ROOM);
  /** Unanswered pings in a row. */
  misses = new Uint32Array(FIRST_ROOM);
  readonly #payloads: Uint8Array[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** A slot in which nothing is known yet. */
  take(): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot === this.rttSeconds.length) this.#grow();
    this.rttSeconds[slot] = Number.NaN;
    this.jitterSeconds[slot] = 0;
    this.failures[slot] = 0;
    this.misses[slot] = 0;
    return slot;
  }

  giveBack(slot: number): void {
    this.#free.push(slot);
  }

  /** The bytes of this peer's pings. */
  payload(slot: number): Uint8Array {
    this.#payloads[slot] ??= new Uint8Array(PING_BYTES);
    return this.#payloads[slot];
  }

  #grow(): void {
    const room = this.rttSeconds.length * 2;
    const { rttSeconds, jitterSeconds, failures, misses } = this;
    this.rttSeconds = new Float64Array(room);
    this.jitterSeconds = new Float64Array(room);
    this.failures = new Uint32Array(room);
    this.misses = new Uint32Array(room);
    this.rttSeconds.set(rttSeconds);
    this.jitterSeconds.set(jitterSeconds);
    this.failures.set(failures);
    this.misses.set(misses);
  }
}
