import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import type { PingError } from '../contract/vocabulary.ts';

/** The ping protocol of libp2p: 32 bytes there, the same 32 bytes back. */
export const PING_BYTES = 32;

/** How a ping ended: with the round trip in milliseconds, or with the reason it has none. */
export type PingResult = { readonly rttMs: number } | { readonly error: PingError };

/** Random bytes are drawn this many pings at a time. */
const PAYLOADS_A_DRAW = 128;

/**
 * One open ping stream, used for any number of pings, one at a time.
 *
 * The round trip runs from handing the bytes to the stream until the last of them is back, on the monotonic clock. A
 * stream that answered wrongly, or spoke unasked, or not in time, is reset: no late answer is ever taken for a new one.
 */
export class PingStream {
  readonly #stream: Stream;
  readonly #now: () => number;
  readonly #payloads = new Uint8Array(PING_BYTES * PAYLOADS_A_DRAW);
  #draw = PAYLOADS_A_DRAW;
  #payload = this.#payloads.subarray(0, PING_BYTES);
  #received = 0;
  #sentAtMs = 0;
  #settle: ((result: PingResult) => void) | undefined;

  /** @param now monotonic milliseconds */
  constructor(stream: Stream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    stream.addEventListener('message', (event) => this.#onMessage(event));
    stream.addEventListener('close', () => this.#settle?.({ error: 'reset' }));
    // A remote that will send nothing more can answer nothing more.
    stream.addEventListener('remoteCloseWrite', () => this.#fail('reset'));
  }

  get open(): boolean {
    return this.#stream.status === 'open';
  }

  /** Sends one ping. Never rejects. */
  ping(timeoutMs: number): Promise<PingResult> {
    const { promise, resolve } = Promise.withResolvers<PingResult>();
    const settle = (result: PingResult): void => {
      this.#settle = undefined;
      clearTimeout(timer);
      resolve(result);
    };
    const giveUp = (): void => {
      if (this.#settle === settle) this.#fail('timeout');
    };
    // After a stall of our own event loop the answer may be waiting in the socket: read first, judge then.
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
    this.#settle = settle;
    this.#nextPayload();
    this.#received = 0;
    this.#sentAtMs = this.#now();
    try {
      this.#stream.send(this.#payload);
    } catch {
      this.#fail('reset');
    }
    return promise;
  }

  /** Ends the stream in good order, after its last ping. */
  close(): void {
    this.#stream.close().catch((error) => this.#stream.abort(error));
  }

  /** Gives the stream up; a ping under way ends with `error`. */
  reset(error: PingError): void {
    this.#fail(error);
  }

  #onMessage(event: StreamMessageEvent): void {
    const bytes = event.data.subarray();
    if (this.#settle === undefined || !this.#matches(bytes)) {
      this.#fail('mismatch');
      return;
    }
    this.#received += bytes.byteLength;
    if (this.#received === PING_BYTES) this.#settle({ rttMs: this.#now() - this.#sentAtMs });
  }

  #matches(bytes: Uint8Array): boolean {
    if (this.#received + bytes.byteLength > PING_BYTES) return false;
    return bytes.every((byte, index) => byte === this.#payload[this.#received + index]);
  }

  #fail(error: PingError): void {
    const settle = this.#settle;
    // Taken away first: resetting closes the stream, and closing would settle the ping with a reason of its own.
    this.#settle = undefined;
    this.#stream.abort(new Error(`ping stream given up: ${error}`));
    settle?.({ error });
  }

  #nextPayload(): void {
    if (this.#draw === PAYLOADS_A_DRAW) {
      crypto.getRandomValues(this.#payloads);
      this.#draw = 0;
    }
    // A copy: the muxer may still hold the bytes of the ping before.
    this.#payload = this.#payloads.slice(this.#draw * PING_BYTES, (this.#draw + 1) * PING_BYTES);
    this.#draw++;
  }
}
