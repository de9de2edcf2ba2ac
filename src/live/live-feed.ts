import type { IncomingMessage } from 'node:http';
import type { Figures } from '../contract/figures.ts';
import type { PeerDetails } from '../contract/per-peer.ts';
import { type Reply, type ReplyStream, type Routes, textReply } from '../http/reply.ts';
import type { Logger } from '../log/logger.ts';
import { eventText, peersEvent } from './events.ts';
import type { LiveHello } from './feed.ts';
import { DEFAULT_LIMITS, type LiveLimits } from './limits.ts';
import { Recorder } from './recorder.ts';
import { Viewer } from './viewer.ts';

/** Who is connected now. */
export interface ConnectedPeers {
  readonly total: number;
  /** Read in several turns of the event loop, so it may notice that a peer has left meanwhile. */
  readonly peers: Iterable<PeerDetails>;
}

export interface LiveFeedInit {
  readonly hello: () => Omit<LiveHello, 'intervalMs' | 'keepMs'>;
  /** What is measured now. */
  readonly figures: () => Promise<Figures>;
  /** At most so many peers: configured targets first, then those connected longest. Only asked while somebody looks. */
  readonly peers: (most: number) => Promise<ConnectedPeers> | ConnectedPeers;
  readonly log: Logger;
  /** @default DEFAULT_LIMITS */
  readonly limits?: Partial<LiveLimits>;
}

/** A comment: it keeps the connection, and those on its way, from being taken for dead. */
const HEARTBEAT = ':\n\n';

/**
 * `GET /live`: what the daemon measures, each second, for people (`feed.ts` says what comes).
 *
 * A point is collected once and put into text once, whoever looks; while nobody does, only a point every few seconds is
 * kept, and nothing is asked of single peers.
 */
export class LiveFeed {
  readonly #init: LiveFeedInit;
  readonly #limits: LiveLimits;
  readonly #recorder: Recorder;
  readonly #viewers = new Set<Viewer>();
  /** The last table of peers, for whoever comes next; none while nobody looks. */
  #table: Uint8Array | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  /** When the last point was begun, on the monotonic clock. */
  #tickedAtMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #stopped = false;

  constructor(init: LiveFeedInit) {
    this.#init = init;
    this.#limits = { ...DEFAULT_LIMITS, ...init.limits };
    this.#recorder = new Recorder({ figures: init.figures, limits: this.#limits });
  }

  /** Begins to take points. Keeps no process alive. */
  start(): void {
    this.#tickedAtMs = performance.now();
    this.#schedule();
  }

  /** Takes leave of all who look, and takes no further point. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const viewer of this.#viewers) viewer.end();
  }

  /** How many look now. */
  get viewers(): number {
    return this.#viewers.size;
  }

  readonly routes: Routes = { '/live': (request) => this.#answer(request) };

  #answer(request: IncomingMessage): Reply {
    const { maxViewers } = this.#limits;
    if (this.#stopped) return textReply(503, 'stopping');
    if (this.#viewers.size >= maxViewers) return textReply(503, `${maxViewers} look already, which is the limit`);
    return {
      status: 200,
      contentType: 'text/event-stream; charset=utf-8',
      // Proxies that gather a reply before they pass it on would show the past.
      headers: { 'x-accel-buffering': 'no' },
      follow: (stream) => this.#follow(stream, lastSeen(request)),
    };
  }

  #follow(stream: ReplyStream, lastSeenMs: number): void {
    const viewer = new Viewer(stream, this.#limits.maxBacklogBytes);
    this.#viewers.add(viewer);
    stream.onClosed(() => this.#left(viewer));
    void this.#greet(viewer, lastSeenMs);
    if (this.#viewers.size === 1) this.#schedule();
  }

  async #greet(viewer: Viewer, lastSeenMs: number): Promise<void> {
    const { intervalMs, keepMs } = this.#limits;
    await viewer.greet({ ...this.#init.hello(), intervalMs, keepMs }, this.#recorder.history, lastSeenMs);
    if (this.#table !== undefined) viewer.send(this.#table);
  }

  #left(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#table = undefined;
  }

  /** The next point comes one interval after the last began: a shorter one while somebody looks. */
  #schedule(): void {
    if (this.#ticking || this.#stopped) return;
    clearTimeout(this.#timer);
    const intervalMs = this.#viewers.size > 0 ? this.#limits.intervalMs : this.#limits.idleIntervalMs;
    const inMs = Math.max(0, this.#tickedAtMs + intervalMs - performance.now());
    this.#timer = setTimeout(() => void this.#tick(), inMs).unref();
  }

  async #tick(): Promise<void> {
    this.#ticking = true;
    this.#tickedAtMs = performance.now();
    try {
      await this.#show();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#init.log.warn('the live feed stands still', { error });
      this.#failing = true;
      this.#sendAll(HEARTBEAT);
    }
    this.#ticking = false;
    this.#schedule();
  }

  async #show(): Promise<void> {
    const point = await this.#recorder.take();
    if (this.#viewers.size === 0) return;
    // A table is worthless once the next one is there: who is behind gets points alone.
    const keepingUp = [...this.#viewers].filter((viewer) => viewer.keepsUp);
    this.#sendAll(eventText('point', point, point.atMs));
    const { total, peers } = await this.#init.peers(this.#limits.maxPeers);
    const table = Buffer.from(await peersEvent(total, peers));
    for (const viewer of keepingUp) viewer.send(table);
    if (this.#viewers.size > 0) this.#table = table;
  }

  #sendAll(event: string): void {
    const bytes = Buffer.from(event);
    for (const viewer of this.#viewers) viewer.send(bytes);
  }
}

/** Points carry their time as id, which a browser that comes again sends: it is given what it has missed. */
function lastSeen(request: IncomingMessage): number {
  const ms = Number(request.headers['last-event-id'] ?? Number.NaN);
  return Number.isFinite(ms) ? ms : Number.NEGATIVE_INFINITY;
}
