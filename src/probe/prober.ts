import { EventEmitter } from 'node:events';
import { PING_ERRORS, PING_PROTOCOL, type PingError } from '../contract/vocabulary.ts';
import type { LiveConnection, LivePeer, PeerTable } from '../peers/peer-table.ts';
import { type PingResult, PingStream } from './ping-stream.ts';
import { TimingRing } from './timing-ring.ts';

export interface ProberInit {
  readonly table: PeerTable;
  /** Mean time between two pings to a peer. @default 1000 */
  readonly intervalMs?: number;
  /** A ping not answered by then has failed, opening its stream included. @default 5000 */
  readonly timeoutMs?: number;
  /** So many unanswered pings in a row close the connection. @default 3 */
  readonly maxMisses?: number;
  /** One stream held from ping to ping, or a new one each time. @default 'held' */
  readonly streams?: 'held' | 'new';
  /** Most pings under way at once; further ones wait their turn. @default 512 */
  readonly concurrency?: number;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
}

/** What is known of the pings to one peer since it connected. */
export interface PeerPings {
  /** Last round trip; none before the first answer. */
  readonly rttSeconds: number | undefined;
  /** Smoothed difference of successive round trips (RFC 3550, section 6.4.1). */
  readonly jitterSeconds: number;
  readonly failures: number;
}

export interface ProberEvents {
  /** A ping was answered; the round trip is in seconds. */
  answered: [peerId: string, rttSeconds: number];
  failed: [peerId: string, error: PingError];
}

/** Counts of all pings: `requests` = `responses` + all `errors` + `active`, at any moment. */
export interface PingCounts {
  requests: number;
  responses: number;
  active: number;
  readonly errors: Record<PingError, number>;
}

interface Probe {
  readonly peer: LivePeer;
  rttSeconds: number | undefined;
  jitterSeconds: number;
  failures: number;
  misses: number;
  busy: boolean;
  held: { readonly connection: LiveConnection; readonly stream: PingStream } | undefined;
}

/** RFC 3550, section 6.4.1: the gain that keeps noise out and still converges. */
const JITTER_GAIN = 1 / 16;

/** Answers of a kind: the peer lives, whatever it said. */
const SIGNS_OF_LIFE: readonly PingError[] = ['mismatch', 'unsupported'];

/**
 * Pings every live peer in turn, and closes connections that no longer answer: it owns liveness.
 *
 * Each peer has one ping stream, held open from ping to ping unless told otherwise; when the remote ends it, it is opened
 * again without a word. A peer is never pinged twice at once.
 */
export class Prober extends EventEmitter<ProberEvents> {
  readonly counts: PingCounts = {
    requests: 0,
    responses: 0,
    active: 0,
    errors: Object.fromEntries(PING_ERRORS.map((error) => [error, 0])) as Record<PingError, number>,
  };
  readonly #table: PeerTable;
  readonly #timeoutMs: number;
  readonly #maxMisses: number;
  readonly #concurrency: number;
  readonly #hold: boolean;
  readonly #now: () => number;
  readonly #ring: TimingRing<Probe>;
  readonly #probes = new Map<string, Probe>();
  readonly #waiting = new Set<Probe>();
  #stopped = false;

  constructor(init: ProberInit) {
    super();
    this.#table = init.table;
    this.#timeoutMs = init.timeoutMs ?? 5000;
    this.#maxMisses = init.maxMisses ?? 3;
    this.#concurrency = init.concurrency ?? 512;
    this.#hold = init.streams !== 'new';
    this.#now = init.now ?? (() => performance.now());
    this.#ring = new TimingRing({
      intervalMs: init.intervalMs ?? 1000,
      onDue: (probe) => this.#due(probe),
      now: this.#now,
    });
  }

  /** Begins to ping whoever is connected, and whoever joins. */
  start(): void {
    this.#table.on('joined', this.#add).on('left', this.#remove);
    for (const peer of this.#table.peers()) this.#add(peer);
    this.#ring.start();
  }

  /** Pings nobody any more; pings under way end as `disconnected`. */
  stop(): void {
    this.#stopped = true;
    this.#table.off('joined', this.#add).off('left', this.#remove);
    this.#ring.stop();
    for (const probe of this.#probes.values()) probe.held?.stream.reset('disconnected');
    this.#waiting.clear();
  }

  /** Pings a peer at once, besides its turns; not when a ping to it is under way. */
  pingNow(peerId: string): void {
    const probe = this.#probes.get(peerId);
    if (probe !== undefined) this.#due(probe);
  }

  /** What is known of the pings to a peer that is connected now. */
  pings(peerId: string): PeerPings | undefined {
    return this.#probes.get(peerId);
  }

  readonly #add = (peer: LivePeer): void => {
    const probe: Probe = {
      peer,
      rttSeconds: undefined,
      jitterSeconds: 0,
      failures: 0,
      misses: 0,
      busy: false,
      held: undefined,
    };
    this.#probes.set(peer.id, probe);
    this.#ring.add(probe);
  };

  readonly #remove = (peer: LivePeer): void => {
    const probe = this.#probes.get(peer.id);
    if (probe === undefined) return;
    this.#probes.delete(peer.id);
    this.#ring.delete(probe);
    this.#waiting.delete(probe);
    probe.held?.stream.reset('disconnected');
  };

  #due(probe: Probe): void {
    if (probe.busy || this.#stopped) return;
    if (this.counts.active >= this.#concurrency) {
      this.#waiting.add(probe);
      return;
    }
    void this.#probe(probe);
  }

  async #probe(probe: Probe): Promise<void> {
    probe.busy = true;
    this.counts.requests++;
    this.counts.active++;
    const connection = this.#table.newestConnection(probe.peer.id);
    const result = connection === undefined ? { error: 'disconnected' as const } : await this.#ping(probe, connection);
    this.counts.active--;
    probe.busy = false;
    if ('rttMs' in result) this.#answered(probe, result.rttMs / 1000);
    else this.#failed(probe, connection, result.error);
    this.#next();
  }

  async #ping(probe: Probe, connection: LiveConnection): Promise<PingResult> {
    const deadlineMs = this.#now() + this.#timeoutMs;
    const { held } = probe;
    if (held?.connection === connection && held.stream.open) {
      const result = await held.stream.ping(this.#timeoutMs);
      // The remote may end an idle or long-lived stream whenever it likes: that says nothing about the peer.
      if (!('error' in result) || result.error !== 'reset') return result;
    }
    held?.stream.reset('reset');
    const opened = await this.#open(connection, deadlineMs - this.#now());
    if ('error' in opened) return opened;
    if (this.#stopped || !this.#probes.has(probe.peer.id)) {
      opened.stream.reset('disconnected');
      return { error: 'disconnected' };
    }
    probe.held = { connection, stream: opened.stream };
    const result = await opened.stream.ping(Math.max(1, deadlineMs - this.#now()));
    if (!this.#hold) {
      probe.held = undefined;
      opened.stream.close();
    }
    return result;
  }

  async #open(
    { connection }: LiveConnection,
    timeoutMs: number,
  ): Promise<{ readonly stream: PingStream } | { readonly error: PingError }> {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    try {
      const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
      return { stream: new PingStream(stream, this.#now) };
    } catch (error) {
      if (signal.aborted) return { error: 'timeout' };
      if (connection.status !== 'open') return { error: 'disconnected' };
      return { error: (error as Error).name === 'UnsupportedProtocolError' ? 'unsupported' : 'stream' };
    }
  }

  #answered(probe: Probe, rttSeconds: number): void {
    this.counts.responses++;
    if (probe.rttSeconds !== undefined) {
      probe.jitterSeconds += JITTER_GAIN * (Math.abs(rttSeconds - probe.rttSeconds) - probe.jitterSeconds);
    }
    probe.rttSeconds = rttSeconds;
    probe.misses = 0;
    this.emit('answered', probe.peer.id, rttSeconds);
  }

  #failed(probe: Probe, connection: LiveConnection | undefined, error: PingError): void {
    this.counts.errors[error]++;
    probe.failures++;
    probe.misses = SIGNS_OF_LIFE.includes(error) ? 0 : probe.misses + 1;
    this.emit('failed', probe.peer.id, error);
    if (probe.misses >= this.#maxMisses && connection !== undefined && !this.#stopped) {
      probe.misses = 0;
      this.#table.drop(connection, 'liveness');
    }
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#due(next);
  }
}
