import { EventEmitter } from 'node:events';
import type { Stream } from '@libp2p/interface';
import { PING_ERRORS, PING_PROTOCOL, type PingError } from '../contract/vocabulary.ts';
import type { LiveConnection, LivePeer, PeerTable } from '../peers/peer-table.ts';
import { Deadlines } from './deadlines.ts';
import { PeerSlots } from './peer-slots.ts';
import { PingStream } from './ping-stream.ts';
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
  readonly slot: number;
  /** From when a ping is due until it has ended. */
  busy: boolean;
  /** Whether the stream was opened for the ping under way: when an older one is reset, that says nothing of the peer. */
  fresh: boolean;
  stream: PingStream | undefined;
  /** The connection of the last ping, and of the stream. */
  connection: LiveConnection | undefined;
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
  readonly #slots = new PeerSlots();
  readonly #deadlines: Deadlines;
  readonly #probes = new Map<string, Probe>();
  readonly #bySlot: (Probe | undefined)[] = [];
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
    this.#deadlines = new Deadlines({
      onPassed: (slot) => this.#bySlot[slot]?.stream?.reset('timeout'),
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
    for (const probe of this.#probes.values()) probe.stream?.reset('disconnected');
    this.#waiting.clear();
    this.#deadlines.stop();
  }

  /** Pings a peer at once, besides its turns; not when a ping to it is under way. */
  pingNow(peerId: string): void {
    const probe = this.#probes.get(peerId);
    if (probe !== undefined) this.#due(probe);
  }

  /** What is known of the pings to a peer that is connected now. */
  pings(peerId: string): PeerPings | undefined {
    const slot = this.#probes.get(peerId)?.slot;
    if (slot === undefined) return undefined;
    const { rttSeconds, jitterSeconds, failures } = this.#slots;
    const rtt = rttSeconds[slot] ?? Number.NaN;
    return {
      rttSeconds: Number.isNaN(rtt) ? undefined : rtt,
      jitterSeconds: jitterSeconds[slot] ?? 0,
      failures: failures[slot] ?? 0,
    };
  }

  readonly #add = (peer: LivePeer): void => {
    const slot = this.#slots.take();
    const probe = { peer, slot, busy: false, fresh: false, stream: undefined, connection: undefined };
    this.#probes.set(peer.id, probe);
    this.#bySlot[slot] = probe;
    this.#ring.add(probe);
  };

  readonly #remove = (peer: LivePeer): void => {
    const probe = this.#probes.get(peer.id);
    if (probe === undefined) return;
    this.#ring.delete(probe);
    this.#waiting.delete(probe);
    probe.stream?.reset('disconnected');
    this.#probes.delete(peer.id);
    // A stream that is still being opened ends its ping later: the slot is given back then.
    if (!probe.busy) this.#forget(probe);
  };

  #forget({ slot }: Probe): void {
    this.#bySlot[slot] = undefined;
    this.#slots.giveBack(slot);
  }

  #due(probe: Probe): void {
    if (probe.busy || this.#stopped) return;
    if (this.counts.active >= this.#concurrency) {
      this.#waiting.add(probe);
      return;
    }
    probe.busy = true;
    this.counts.requests++;
    this.counts.active++;
    const connection = this.#table.newestConnection(probe.peer.id);
    const isSame = probe.connection === connection;
    const deadlineMs = this.#now() + this.#timeoutMs;
    probe.connection = connection;
    if (connection === undefined) this.#failed(probe, 'disconnected');
    else if (isSame && probe.stream?.open) this.#ping(probe, probe.stream, deadlineMs);
    else void this.#open(probe, connection, deadlineMs);
  }

  #ping(probe: Probe, stream: PingStream, deadlineMs: number): void {
    this.#deadlines.set(probe.slot, deadlineMs);
    stream.ping();
  }

  async #open(probe: Probe, connection: LiveConnection, deadlineMs: number): Promise<void> {
    probe.stream?.reset('reset');
    probe.fresh = true;
    const opened = await openStream(connection, deadlineMs - this.#now());
    if (typeof opened === 'string') {
      this.#failed(probe, opened);
      return;
    }
    const stream = new PingStream({
      stream: opened,
      payload: this.#slots.payload(probe.slot),
      now: this.#now,
      onAnswer: (rttMs) => this.#answered(probe, rttMs / 1000),
      onError: (error) => this.#unanswered(probe, error),
    });
    probe.stream = stream;
    if (this.#stopped || this.#probes.get(probe.peer.id) !== probe) {
      stream.reset('disconnected');
      this.#failed(probe, 'disconnected');
    } else this.#ping(probe, stream, deadlineMs);
  }

  #unanswered(probe: Probe, error: PingError): void {
    const { fresh, connection, slot } = probe;
    this.#deadlines.delete(slot);
    if (error !== 'reset') this.#failed(probe, error);
    else if (connection?.connection.status !== 'open') this.#failed(probe, 'disconnected');
    // The remote may end an idle or long-lived stream whenever it likes: that says nothing about the peer.
    else if (fresh || this.#stopped) this.#failed(probe, 'reset');
    else void this.#open(probe, connection, this.#deadlines.at(slot));
  }

  #answered(probe: Probe, rttSeconds: number): void {
    const { slot } = probe;
    const { rttSeconds: rtts, jitterSeconds, misses } = this.#slots;
    const before = rtts[slot] ?? Number.NaN;
    const jitter = jitterSeconds[slot] ?? 0;
    if (!Number.isNaN(before)) jitterSeconds[slot] = jitter + JITTER_GAIN * (Math.abs(rttSeconds - before) - jitter);
    rtts[slot] = rttSeconds;
    misses[slot] = 0;
    this.counts.responses++;
    this.#ended(probe);
    this.emit('answered', probe.peer.id, rttSeconds);
    this.#next();
  }

  #failed(probe: Probe, error: PingError): void {
    const { slot, connection } = probe;
    const { failures, misses } = this.#slots;
    const missed = SIGNS_OF_LIFE.includes(error) ? 0 : (misses[slot] ?? 0) + 1;
    const gone = missed >= this.#maxMisses && !this.#stopped;
    failures[slot] = (failures[slot] ?? 0) + 1;
    misses[slot] = gone ? 0 : missed;
    this.counts.errors[error]++;
    this.#ended(probe);
    this.emit('failed', probe.peer.id, error);
    if (gone && connection !== undefined) this.#table.drop(connection, 'liveness');
    this.#next();
  }

  #ended(probe: Probe): void {
    this.#deadlines.delete(probe.slot);
    this.counts.active--;
    probe.busy = false;
    probe.fresh = false;
    if (!this.#hold) {
      probe.stream?.close();
      probe.stream = undefined;
    }
    if (this.#probes.get(probe.peer.id) !== probe) this.#forget(probe);
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#due(next);
  }
}

async function openStream({ connection }: LiveConnection, timeoutMs: number): Promise<Stream | PingError> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    return await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
  } catch (error) {
    if (signal.aborted) return 'timeout';
    if (connection.status !== 'open') return 'disconnected';
    return (error as Error).name === 'UnsupportedProtocolError' ? 'unsupported' : 'stream';
  }
}
