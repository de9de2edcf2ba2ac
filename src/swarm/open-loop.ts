import type { PingError } from '../contract/vocabulary.ts';
import type { HeldPingResult } from './held-ping.ts';

/**
 * Why a ping that was due has no round trip: what the prober tells apart, and
 *
 * - `not_sent`: the ones before it were answered so late that its own time had run out before it could be sent
 * - `offline`: the peer had lost its connection, and had not come back
 */
export type SwarmPingError = PingError | 'not_sent' | 'offline';

export interface OpenLoopInit {
  /** Sends one ping on the wire. */
  readonly ping: (timeoutMs: number) => Promise<HeldPingResult>;
  readonly onAnswered: (rttMs: number) => void;
  readonly onFailed: (error: SwarmPingError) => void;
  /** How late a ping left that had nobody to wait for: this process was busy. */
  readonly onLate?: (lateMs: number) => void;
  /** A ping not answered so long after it was due has failed. */
  readonly timeoutMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * The pings of one connection, one on the wire at a time, in the order they fall due.
 *
 * A ping that leaves at its time counts from when it was sent. One that had to wait behind a late answer counts from
 * when it was **due**: a server that stalls for two seconds gives every ping of those two seconds a long round trip, not
 * one of them (it would otherwise be the server that decides how often it is measured: "coordinated omission").
 */
export class OpenLoop {
  readonly #init: OpenLoopInit;
  #waiting: number[] = [];
  #busy = false;
  /** Changes with every pause: what was on its way then is no longer of interest. */
  #epoch = 0;
  #ended = false;

  constructor(init: OpenLoopInit) {
    this.#init = init;
  }

  /** A ping falls due. */
  due(dueMs: number): void {
    if (this.#ended) return;
    this.#waiting.push(dueMs);
    if (!this.#busy) void this.#work();
  }

  /** Forgets what waits and what is under way: this side has stopped of its own will. */
  pause(): void {
    this.#epoch++;
    this.#waiting = [];
  }

  /** The connection has ended: what waits has failed with it. */
  end(): void {
    this.#ended = true;
    for (const _ of this.#waiting) this.#init.onFailed('disconnected');
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#busy = true;
    let waited = false;
    for (let dueMs = this.#waiting.shift(); dueMs !== undefined; dueMs = this.#waiting.shift()) {
      await this.#one(dueMs, waited);
      waited = true;
    }
    this.#busy = false;
  }

  async #one(dueMs: number, waited: boolean): Promise<void> {
    const { now, timeoutMs, ping, onAnswered, onFailed, onLate } = this.#init;
    const sentMs = now();
    if (sentMs - dueMs >= timeoutMs) {
      onFailed('not_sent');
      return;
    }
    if (!waited) onLate?.(sentMs - dueMs);
    const epoch = this.#epoch;
    const result = await ping(waited ? timeoutMs - (sentMs - dueMs) : timeoutMs);
    if (epoch !== this.#epoch) return;
    if ('error' in result) onFailed(result.error);
    else onAnswered(waited || result.resent === true ? now() - dueMs : result.rttMs);
  }
}
