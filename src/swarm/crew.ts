import { setTimeout as sleep } from 'node:timers/promises';
import { PingSchedule } from './ping-schedule.ts';
import type { Flap, Freeze, Phase, Scenario } from './scenario.ts';
import type { SwarmPeer } from './swarm-peer.ts';
import type { Tally } from './tally.ts';

export interface CrewInit {
  readonly scenario: Scenario;
  /** Which worker this is, of how many: peer n belongs to worker n modulo workers. */
  readonly worker: number;
  readonly workers: number;
  readonly tally: Tally;
  /** Makes a peer with an identity of its own. */
  readonly recruit: () => SwarmPeer;
}

/**
 * The peers of one worker, led through the scenario.
 *
 * Peers are numbered across all workers, and every worker decides alike which numbers a phase concerns: nobody has to
 * ask anybody.
 */
export class Crew {
  readonly #init: CrewInit;
  readonly #schedule: PingSchedule<SwarmPeer>;
  readonly #places = new Map<number, SwarmPeer>();
  readonly #ended = new AbortController();
  readonly #farewells = new Set<Promise<void>>();
  /** Peers whose turn had not come when the swarm ended. */
  notDialed = 0;

  constructor(init: CrewInit) {
    this.#init = init;
    const [first] = init.scenario.phases;
    this.#schedule = new PingSchedule(first?.pingIntervalMs ?? 1000, { onDue: (peer, dueMs) => peer.due(dueMs) });
  }

  /** Goes through all phases; resolves when the last is over or `end` was called. */
  async run(): Promise<void> {
    let before = 0;
    let intervalMs = this.#init.scenario.phases[0]?.pingIntervalMs;
    for (const phase of this.#init.scenario.phases) {
      if (this.#ended.signal.aborted) return;
      if (phase.pingIntervalMs !== intervalMs) this.#schedule.setInterval(phase.pingIntervalMs);
      intervalMs = phase.pingIntervalMs;
      await this.#phase(phase, before);
      before = phase.peers;
    }
  }

  /** Nobody comes, goes or pings any more. Peers that are there stay until `leave`. */
  end(): void {
    this.#ended.abort();
    this.#schedule.stop();
  }

  /** All take leave. */
  async leave(): Promise<void> {
    for (const number of [...this.#places.keys()]) this.#dismiss(number);
    await Promise.allSettled(this.#farewells);
  }

  async #phase(phase: Phase, before: number): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#ended.signal]);
    const work = [this.#fill(phase, before), this.#churn(phase, signal)];
    if (phase.freeze !== undefined) work.push(this.#freeze(phase, phase.freeze, signal));
    if (phase.flap !== undefined) work.push(this.#flap(phase, phase.flap, signal));
    await pause(phase.durationMs, this.#ended.signal);
    over.abort();
    await Promise.all(work);
  }

  /** Brings in who is missing, and sends away who is too many. */
  async #fill(phase: Phase, before: number): Promise<void> {
    const { signal } = this.#ended;
    const [low, high] = [Math.min(before, phase.peers), Math.max(before, phase.peers)];
    const stepMs = phase.rampMs / Math.max(1, high - low);
    const startedAtMs = performance.now();
    for (const number of this.#mine(low, high)) {
      const atMs = startedAtMs + (number - low + Math.random()) * stepMs;
      const waitMs = phase.rampMs === 0 ? 0 : atMs - performance.now();
      if (waitMs > 0) await pause(waitMs, signal);
      if (phase.peers < before) this.#dismiss(number);
      else if (signal.aborted) this.notDialed++;
      else this.#bring(number);
    }
  }

  async #churn({ churnPerSecond, peers }: Phase, signal: AbortSignal): Promise<void> {
    if (churnPerSecond === 0) return;
    const mine = this.#mine(0, peers);
    const everyMs = (1000 * peers) / (churnPerSecond * mine.length);
    let dueAtMs = performance.now();
    for (let turn = 0; !signal.aborted; turn++) {
      dueAtMs += everyMs;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0) await pause(waitMs, signal);
      if (!signal.aborted) this.#replace(mine[turn % mine.length]);
    }
  }

  #replace(number: number | undefined): void {
    // While the peers still arrive some places are empty.
    if (number === undefined || !this.#places.has(number)) return;
    this.#init.tally.counts.replaced++;
    this.#dismiss(number);
    this.#bring(number);
  }

  async #freeze(phase: Phase, freeze: Freeze, signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      const chosen = this.#chosen(phase.peers, freeze.share, round);
      for (const peer of chosen) peer.freeze();
      await pause(freeze.forMs, signal);
      for (const peer of chosen) peer.thaw();
      await pause(freeze.everyMs - freeze.forMs, signal);
    }
  }

  async #flap(phase: Phase, flap: Flap, signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round++) {
      const chosen = this.#chosen(phase.peers, flap.share, round);
      for (const peer of chosen) peer.goAway();
      await pause(flap.downMs, signal);
      if (!this.#ended.signal.aborted) for (const peer of chosen) peer.comeBack();
      await pause(flap.everyMs - flap.downMs, signal);
    }
  }

  /** Of all peers the share whose turn this round is: the numbers after those of the round before. */
  #chosen(peers: number, share: number, round: number): SwarmPeer[] {
    const size = Math.max(1, Math.round(peers * share));
    const start = (round * size) % peers;
    return this.#mine(0, peers)
      .filter((number) => (number - start + peers) % peers < size)
      .map((number) => this.#places.get(number))
      .filter((peer) => peer !== undefined);
  }

  /** The numbers from `from` to below `to` that are this worker's. */
  #mine(from: number, to: number): number[] {
    const { worker, workers } = this.#init;
    const numbers: number[] = [];
    for (let number = from + ((worker - from + workers * to) % workers); number < to; number += workers) {
      numbers.push(number);
    }
    return numbers;
  }

  #bring(number: number): void {
    const peer = this.#init.recruit();
    this.#places.set(number, peer);
    this.#schedule.add(peer);
    void peer.start();
  }

  #dismiss(number: number): void {
    const peer = this.#places.get(number);
    if (peer === undefined) return;
    this.#places.delete(number);
    this.#schedule.delete(peer);
    const farewell = peer.leave().finally(() => this.#farewells.delete(farewell));
    this.#farewells.add(farewell);
  }
}

/** Waits, but no longer than the signal allows. Never rejects. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // A timer takes 24.8 days at most; what has no end waits for the signal.
  await sleep(Math.min(ms, 2 ** 31 - 1), undefined, { signal }).catch(() => undefined);
}
