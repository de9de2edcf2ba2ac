import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { Target } from '../config/target.ts';
import type { DialResult } from '../contract/vocabulary.ts';
import { messageOf } from '../errors.ts';
import type { LogFields, Logger } from '../log/logger.ts';
import { dialResult } from './dial-result.ts';

/** Who is connected, and a word when somebody no longer is. */
export interface Presence {
  hasPeer(peerId: string): boolean;
  on(event: 'left', listener: (peer: { readonly id: string }) => void): unknown;
}

export interface TargetKeeperInit {
  readonly node: Libp2p;
  readonly targets: readonly Target[];
  readonly presence: Presence;
  readonly log: Logger;
  /** A dial is given up after this long. @default 10000 */
  readonly dialTimeoutMs?: number;
  /** The first wait after a failure; each further one is twice as long. @default 500 */
  readonly minBackoffMs?: number;
  /** @default 15000 */
  readonly maxBackoffMs?: number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

export interface TargetKeeperEvents {
  dialing: [target: Target];
  dialed: [target: Target, result: DialResult, durationMs: number];
}

interface DialOutcome {
  readonly result: DialResult;
  readonly detail?: string;
}

/** When the peer has dialled us: one connection is enough. */
const CONNECTED: DialOutcome = { result: 'success' };

/** A full server hangs up right after the handshake: a connection that ended sooner counts as a failed dial. */
const SETTLED_AFTER_MS = 1000;

/**
 * Keeps the targets connected, for ever: dials, waits for the connection to end, dials again, with a jittered and
 * growing wait between failures. Says once that a target cannot be reached, and once that it is back.
 */
export class TargetKeeper extends EventEmitter<TargetKeeperEvents> {
  readonly #init: Required<TargetKeeperInit>;
  readonly #stop = new AbortController();
  readonly #departures = new EventEmitter();
  #loops: Promise<void>[] = [];
  /** Dials begun and not ended. */
  active = 0;

  constructor(init: TargetKeeperInit) {
    super();
    this.#init = { dialTimeoutMs: 10_000, minBackoffMs: 500, maxBackoffMs: 15_000, random: Math.random, ...init };
    this.#departures.setMaxListeners(0);
  }

  start(): void {
    const { presence, targets } = this.#init;
    presence.on('left', (peer) => this.#departures.emit(peer.id));
    this.#loops = targets.map((target) => this.#keep(target));
  }

  /** Ends all dialling; resolves when no dial is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#loops);
  }

  async #keep(target: Target): Promise<void> {
    const { log, presence } = this.#init;
    const { signal } = this.#stop;
    const peer = target.peerId;
    let failures = 0;
    // Trouble is said once, and so is its end; nothing is said of the attempts between.
    let inTrouble = false;
    const trouble = (message: string, fields?: LogFields): void => {
      if (!inTrouble && !signal.aborted) log.warn(message, { peer, ...fields });
      inTrouble = true;
    };
    for (; !signal.aborted; await this.#wait(failures)) {
      const { result, detail } = presence.hasPeer(peer) ? CONNECTED : await this.#dial(target);
      if (result !== 'success') {
        trouble('cannot reach target, will keep trying', { reason: result, detail });
        failures++;
        continue;
      }
      if (!inTrouble) log.info('connected to target', { peer });
      if (await this.#leavesWithin(peer, SETTLED_AFTER_MS)) {
        trouble('target closed the connection at once, will keep trying; it may be full');
        failures++;
        continue;
      }
      if (inTrouble && !signal.aborted) log.info('target is back', { peer });
      inTrouble = false;
      failures = 0;
      await this.#leavesWithin(peer);
      trouble('lost target, dialling again');
    }
  }

  async #dial(target: Target): Promise<DialOutcome> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(this.#init.dialTimeoutMs);
    const finish = (result: DialResult): void => {
      this.active--;
      this.emit('dialed', target, result, performance.now() - startedAt);
    };
    this.active++;
    this.emit('dialing', target);
    try {
      const addresses = target.addresses.map((address) => multiaddr(address));
      await this.#init.node.dial(addresses, { signal: AbortSignal.any([this.#stop.signal, timeout]) });
      finish('success');
      return { result: 'success' };
    } catch (error) {
      const result = this.#stop.signal.aborted ? 'aborted' : timeout.aborted ? 'timeout' : dialResult(error);
      finish(result);
      return { result, detail: messageOf(error) };
    }
  }

  /** Whether the peer disconnects within the time; without a time, waits until it does. True at the stop as well. */
  async #leavesWithin(peerId: string, ms?: number): Promise<boolean> {
    if (!this.#init.presence.hasPeer(peerId)) return true;
    const signals = [this.#stop.signal, ...(ms === undefined ? [] : [AbortSignal.timeout(ms)])];
    await once(this.#departures, peerId, { signal: AbortSignal.any(signals) }).catch(() => undefined);
    return this.#stop.signal.aborted || !this.#init.presence.hasPeer(peerId);
  }

  /** Between half and the whole of the doubled wait, so that many clients of one server do not come back in step. */
  async #wait(failures: number): Promise<void> {
    const { minBackoffMs, maxBackoffMs, random } = this.#init;
    const longest = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failures, 20));
    await sleep(longest * (0.5 + random() / 2), undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
