import type { PingError } from '../contract/vocabulary.ts';
import { PING_BYTES, PingStream } from '../probe/ping-stream.ts';
import type { PeerConnection } from './peer-connection.ts';

/** How a ping ended: with the round trip in milliseconds, or with the reason it has none. */
export type PingResult = { readonly rttMs: number } | { readonly error: PingError };

/** How a ping ended, and whether it had to be sent a second time because the remote ended the stream under it. */
export type HeldPingResult = PingResult & { readonly resent?: boolean };

/**
 * Pings over one connection on one stream, which is held from ping to ping. Servers end ping streams as they like (Go
 * after 30 s, or 10 s of silence; js-libp2p's own handler 10 s after it opened): it is then opened again without a word,
 * and counted.
 */
export class HeldPing {
  readonly #connection: PeerConnection;
  readonly #now: () => number;
  readonly #payload = new Uint8Array(PING_BYTES);
  #stream: PingStream | undefined;
  #settle: ((result: PingResult) => void) | undefined;
  #everOpened = false;
  /** Streams opened in place of one that the remote had ended. */
  reopened = 0;

  constructor(connection: PeerConnection, now: () => number) {
    this.#connection = connection;
    this.#now = now;
  }

  /** Sends one ping; one at a time. Never rejects. */
  async ping(timeoutMs: number): Promise<HeldPingResult> {
    const deadlineMs = this.#now() + timeoutMs;
    let resent = false;
    if (this.#stream?.open === true) {
      const result = await this.#once(this.#stream, timeoutMs);
      if (!('error' in result) || result.error !== 'reset') return result;
      resent = true;
    }
    const failure = await this.#open(deadlineMs);
    if (failure !== undefined) return { error: failure };
    if (this.#stream === undefined) return { error: 'disconnected' };
    return { ...(await this.#once(this.#stream, deadlineMs - this.#now())), resent };
  }

  /** Gives the stream up; a ping under way ends as `disconnected`. */
  stop(): void {
    this.#stream?.reset('disconnected');
    this.#stream = undefined;
  }

  async #once(stream: PingStream, timeoutMs: number): Promise<PingResult> {
    const { promise, resolve } = Promise.withResolvers<PingResult>();
    this.#settle = resolve;
    // After a stall of our own the answer may be waiting in the socket: read first, judge then.
    const giveUp = (): void => {
      if (this.#settle === resolve) stream.reset('timeout');
    };
    const timer = setTimeout(() => setImmediate(giveUp), Math.max(1, timeoutMs));
    stream.ping();
    const result = await promise;
    this.#settle = undefined;
    clearTimeout(timer);
    return result;
  }

  async #open(deadlineMs: number): Promise<PingError | undefined> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs - this.#now())));
    try {
      this.#stream = new PingStream({
        stream: await this.#connection.openPingStream(signal),
        payload: this.#payload,
        now: this.#now,
        onAnswer: (rttMs) => this.#settle?.({ rttMs }),
        onError: (error) => this.#settle?.({ error }),
      });
      if (this.#everOpened) this.reopened++;
      this.#everOpened = true;
      return undefined;
    } catch (error) {
      if (signal.aborted) return 'timeout';
      if (!this.#connection.open) return 'disconnected';
      return (error as Error).name === 'UnsupportedProtocolError' ? 'unsupported' : 'stream';
    }
  }
}
