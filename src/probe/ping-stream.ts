import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import type { PingError } from '../contract/vocabulary.ts';
import { fillWithRandomBytes } from './random-bytes.ts';

/** The ping protocol of libp2p: 32 bytes there, the same 32 bytes back. */
export const PING_BYTES = 32;

export interface PingStreamInit {
  readonly stream: Stream;
  /** Where the 32 bytes of each ping are put; they must be nobody else's while a ping is under way. */
  readonly payload: Uint8Array;
  /** The ping under way was answered, after so many milliseconds. */
  readonly onAnswer: (rttMs: number) => void;
  /** The ping under way has no answer; the stream is of no use any more. */
  readonly onError: (error: PingError) => void;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/**
 * One open ping stream, used for any number of pings, one at a time; it allocates nothing for a ping.
 *
 * The round trip runs from handing the bytes to the stream until the last of them is back, on the monotonic clock. A
 * stream that answered wrongly, or spoke unasked, or not in time, is reset: no late answer is ever taken for a new one.
 */
export class PingStream {
  readonly #init: PingStreamInit;
  readonly #now: () => number;
  #waiting = false;
  #received = 0;
  #sentAtMs = 0;

  constructor(init: PingStreamInit) {
    this.#init = init;
    this.#now = init.now ?? (() => performance.now());
    const { stream } = init;
    stream.addEventListener('message', (event) => this.#onMessage(event));
    stream.addEventListener('close', () => this.#end('reset'));
    // A remote that will send nothing more can answer nothing more.
    stream.addEventListener('remoteCloseWrite', () => this.reset('reset'));
  }

  get open(): boolean {
    return this.#init.stream.status === 'open';
  }

  /** Sends one ping; `onAnswer` or `onError` is called once, later or at once. */
  ping(): void {
    const { stream, payload } = this.#init;
    fillWithRandomBytes(payload);
    this.#waiting = true;
    this.#received = 0;
    this.#sentAtMs = this.#now();
    try {
      stream.send(payload);
    } catch {
      this.reset('reset');
    }
  }

  /** Ends the stream in good order, after its last ping. */
  close(): void {
    const { stream } = this.#init;
    stream.close().catch((error) => stream.abort(error));
  }

  /** Gives the stream up; a ping under way ends with `error`. */
  reset(error: PingError): void {
    const waited = this.#waiting;
    // Taken away first: resetting closes the stream, and closing would end the ping with a reason of its own.
    this.#waiting = false;
    this.#init.stream.abort(new Error(`ping stream given up: ${error}`));
    if (waited) this.#init.onError(error);
  }

  #onMessage(event: StreamMessageEvent): void {
    const bytes = event.data.subarray();
    if (!this.#waiting || !this.#matches(bytes)) {
      this.reset('mismatch');
      return;
    }
    this.#received += bytes.byteLength;
    if (this.#received < PING_BYTES) return;
    this.#waiting = false;
    this.#init.onAnswer(this.#now() - this.#sentAtMs);
  }

  #matches(bytes: Uint8Array): boolean {
    const { payload } = this.#init;
    if (this.#received + bytes.byteLength > PING_BYTES) return false;
    for (let i = 0; i < bytes.byteLength; i++) if (bytes[i] !== payload[this.#received + i]) return false;
    return true;
  }

  #end(error: PingError): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#init.onError(error);
  }
}
