import { EventEmitter } from 'node:events';
import type { Figures } from '../contract/figures.ts';
import type { PeerDetails } from '../contract/per-peer.ts';
import type { Summary } from '../daemon/summary.ts';
import { messageOf, OperatorError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ProfileRequest } from '../profile/heap-profile.ts';
import { inTime } from './in-time.ts';
import type { Change, FromWorker, PlaceAnswer, Snapshot, WorkerStart } from './messages.ts';
import { type PeerColumns, unpackDetails } from './per-peer.ts';
import { retire } from './retire.ts';
import { addSummaries, NOTHING_YET } from './summaries.ts';
import { beginLife, type WorkerLife } from './worker-life.ts';

/** A worker that is busy for longer than this has its last figures shown. */
const COLLECT_DEADLINE_MS = 1000;

/** One that was let go ends within milliseconds. */
const RELEASE_DEADLINE_MS = 250;

/** The first wait before a new process; each further one is twice as long, until one has lived for the longest. */
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

export interface WorkerSlotEvents {
  changes: [changes: readonly Change[]];
  /** The process is gone, and with it all its connections. */
  ended: [];
}

/**
 * The place of one worker: its process, another one when that ends by itself, and what all of them have counted.
 */
export class WorkerSlot extends EventEmitter<WorkerSlotEvents> {
  readonly index: number;
  /** Times the worker ended by itself. */
  restarts = 0;
  /** When the process last said anything, on the monotonic clock. */
  heardAtMs = performance.now();
  readonly #log: Logger;
  #start: WorkerStart | undefined;
  #life: WorkerLife | undefined;
  #listening = false;
  #hasListened = false;
  #forkedAtMs = 0;
  #begun: PromiseWithResolvers<readonly string[]> | undefined;
  #asked: PromiseWithResolvers<void> | undefined;
  #askedPeers: PromiseWithResolvers<PeerColumns | undefined> | undefined;
  #stopped: PromiseWithResolvers<void> | undefined;
  #profile: PromiseWithResolvers<string> | undefined;
  #late = false;
  #snapshot: Snapshot | undefined;
  #retired: Figures = new Map();
  #retiredSummary: Summary = NOTHING_YET;
  #backoffMs = MIN_BACKOFF_MS;
  #restarting: NodeJS.Timeout | undefined;

  constructor(index: number, log: Logger) {
    super();
    this.index = index;
    this.#log = log;
  }

  /** Whether it takes peers now. */
  get listening(): boolean {
    return this.#listening;
  }

  /** What the present process has last told; undefined while there is none. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** What the processes before the present one have counted. */
  get retired(): Figures {
    return this.#retired;
  }

  get summary(): Summary {
    return addSummaries(this.#retiredSummary, this.#snapshot?.summary ?? NOTHING_YET);
  }

  /** Starts the process, which loads its code and waits. */
  fork(): void {
    const life = beginLife(this.index, (message) => this.#receive(message));
    this.#life = life;
    this.#begun = Promise.withResolvers();
    this.#begun.promise.catch(() => undefined);
    this.#forkedAtMs = performance.now();
    this.heardAtMs = this.#forkedAtMs;
    void life.ended.then((how) => this.#ended(how));
  }

  /** Resolves with the addresses once it listens; throws the OperatorError that keeps it from listening. */
  listen(start: WorkerStart): Promise<readonly string[]> {
    this.#start = start;
    this.#life?.send({ type: 'start', start });
    return this.#begun?.promise ?? Promise.reject(new Error('not forked'));
  }

  /** The port is known now: its next process shall listen there. */
  rememberPort(port: number): void {
    if (this.#start !== undefined) this.#start = { ...this.#start, config: { ...this.#start.config, port } };
  }

  answer(answers: readonly PlaceAnswer[]): void {
    this.#life?.send({ type: 'places', answers });
  }

  /** Asks for new figures and waits for them, but no longer than once for a worker that does not answer. */
  async refresh(): Promise<void> {
    if (!this.#listening || this.#stopped !== undefined || this.#late) return;
    if (this.#asked === undefined) {
      this.#asked = Promise.withResolvers();
      this.#life?.send({ type: 'collect' });
    }
    if (await inTime(this.#asked.promise, COLLECT_DEADLINE_MS)) return;
    this.#late = true;
    this.#log.warn('a process does not answer, its last figures are shown', { process: this.index });
  }

  /** At most so many of its peers; none when it does not answer in time. */
  async peers(most: number): Promise<readonly PeerDetails[]> {
    if (!this.#listening || this.#stopped !== undefined || this.#late) return [];
    if (this.#askedPeers === undefined) {
      this.#askedPeers = Promise.withResolvers();
      this.#life?.send({ type: 'peers', most });
    }
    const answer = this.#askedPeers.promise;
    const columns = (await inTime(answer, COLLECT_DEADLINE_MS)) ? await answer : undefined;
    return columns === undefined ? [] : unpackDetails(columns);
  }

  /** A heap profile of its process; one at a time. Rejects when the process ends meanwhile. */
  async profile(request: ProfileRequest, signal: AbortSignal): Promise<string> {
    if (!this.#listening) throw new Error(`process ${this.index} does not run now`);
    this.#profile = Promise.withResolvers();
    const end = (): void => this.#life?.send({ type: 'end-profile' });
    signal.addEventListener('abort', end, { once: true });
    this.#life?.send({ type: 'profile', request });
    return this.#profile.promise.finally(() => signal.removeEventListener('abort', end));
  }

  /** Lets it take leave of its peers and end; ends it when that takes longer than the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    clearTimeout(this.#restarting);
    this.#stopped ??= Promise.withResolvers();
    const life = this.#life;
    if (life === undefined) return;
    life.send({ type: 'stop' });
    const stopped = this.#listening ? this.#stopped.promise : Promise.resolve();
    const inOrder = await inTime(Promise.race([stopped, life.ended]), deadlineMs);
    life.release();
    if (!inOrder || !(await inTime(life.ended, RELEASE_DEADLINE_MS))) life.kill();
    await life.ended;
  }

  #receive(message: FromWorker): void {
    this.heardAtMs = performance.now();
    if (message.type === 'changes') this.emit('changes', message.changes);
    else if (message.type === 'listening') this.#began(message.addresses);
    else if (message.type === 'peers') this.#settlePeers(message.peers);
    else if (message.type === 'profile') this.#profiled(message.profile);
    else if (message.type === 'failed') this.#begun?.reject(new OperatorError(message.kind, message.message));
    else this.#took(message.snapshot, message.type === 'stopped');
  }

  #began(addresses: readonly string[]): void {
    this.#listening = true;
    this.#hasListened = true;
    this.#begun?.resolve(addresses);
  }

  #took(snapshot: Snapshot, isLast: boolean): void {
    this.#snapshot = snapshot;
    this.#settleAsked();
    if (isLast) this.#stopped?.resolve();
  }

  #profiled(profile: string | Error): void {
    if (typeof profile === 'string') this.#profile?.resolve(profile);
    else this.#profile?.reject(profile);
  }

  #settleAsked(): void {
    if (this.#late && this.#listening) this.#log.info('a process answers again', { process: this.index });
    this.#late = false;
    this.#asked?.resolve();
    this.#asked = undefined;
  }

  #settlePeers(peers: PeerColumns | undefined): void {
    this.#askedPeers?.resolve(peers);
    this.#askedPeers = undefined;
  }

  #ended(how: string): void {
    this.#life = undefined;
    this.#listening = false;
    this.#settleAsked();
    this.#settlePeers(undefined);
    this.#profile?.reject(new Error(`process ${this.index} ended meanwhile: ${how}`));
    this.#begun?.reject(new OperatorError('fault', `process ${this.index} ended before it listened: ${how}`));
    this.emit('ended');
    if (this.#stopped !== undefined) return;
    this.#retire();
    // One that never listened would not the next time either: that is for whoever starts the daemon to hear.
    if (this.#hasListened) this.#restartLater(how);
  }

  /** What it has counted stays in the sums, what it held at the end goes. */
  #retire(): void {
    if (this.#snapshot === undefined) return;
    const { figures, summary } = this.#snapshot;
    this.#retired = retire(this.#retired, figures);
    this.#retiredSummary = addSummaries(this.#retiredSummary, summary);
    this.#snapshot = undefined;
  }

  #restartLater(how: string): void {
    if (performance.now() - this.#forkedAtMs > MAX_BACKOFF_MS) this.#backoffMs = MIN_BACKOFF_MS;
    const waitMs = this.#backoffMs;
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, 2 * waitMs);
    this.restarts++;
    const fields = { process: this.index, ended: how, next: `in ${waitMs / 1000}s` };
    this.#log.warn('a process ended, another takes its place', fields);
    this.#restarting = setTimeout(() => void this.#restart(), waitMs);
  }

  async #restart(): Promise<void> {
    this.fork();
    const start = this.#start;
    if (start === undefined) return;
    try {
      await this.listen(start);
      this.#log.info('the process takes peers again', { process: this.index });
    } catch (error) {
      this.#log.warn('a process cannot start', { process: this.index, reason: messageOf(error) });
      this.#life?.kill();
    }
  }
}
