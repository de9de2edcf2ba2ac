import { dialResult } from '../node/dial-result.ts';
import { HeldPing } from './held-ping.ts';
import { OpenLoop, type SwarmPingError } from './open-loop.ts';
import type { Dialer, PeerConnection } from './peer-connection.ts';
import type { FailReason } from './plan.ts';
import type { Tally } from './tally.ts';

/** Setting up is allowed this long: a crowd that comes at once waits for its own machine too. */
const DIAL_TIMEOUT_MS = 30_000;
/** A peer that is cut short within this time of its dial has not failed: nobody waited for it. */
const PATIENCE_MS = 5000;
/** So many unanswered pings in a row, and the peer takes its connection for dead, as the daemon does. */
const MAX_MISSES = 3;
const SIGNS_OF_DEATH: readonly SwarmPingError[] = ['timeout', 'reset', 'stream'];
/** The first wait before a lost peer comes back; each further one is twice as long. */
const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;

export interface SwarmPeerInit {
  readonly dialer: Dialer;
  readonly tally: Tally;
  readonly pingTimeoutMs: number;
  /** Whether it comes back when it has lost its connection. */
  readonly reconnect: boolean;
}

/** A connection, and the pings on it. */
interface Session {
  readonly connection: PeerConnection;
  readonly held: HeldPing;
  readonly pings: OpenLoop;
}

const now = (): number => performance.now();

/**
 * The life of one peer: it dials, pings, is pinged, and takes leave.
 *
 * Its first dial is made once, so that what a server refuses is counted once; after that it comes back whenever it
 * loses its connection, as a client does.
 */
export class SwarmPeer {
  readonly #init: SwarmPeerInit;
  readonly #leaving = new AbortController();
  #session: Session | undefined;
  #startedAtMs: number | undefined;
  #connected = false;
  #failed = false;
  #misses = 0;
  #frozen = false;
  /** Whether the scenario has it away from the server. */
  #away = false;
  /** Whether it would be connected if it could. */
  #lost = false;
  #connecting = false;
  #retry: NodeJS.Timeout | undefined;
  #backoffMs = MIN_BACKOFF_MS;

  constructor(init: SwarmPeerInit) {
    this.#init = init;
  }

  /** The first dial. Never rejects. */
  async start(): Promise<void> {
    this.#startedAtMs = now();
    this.#init.tally.counts.started++;
    try {
      await this.#connect();
    } catch (error) {
      this.#fail(dialResult(error));
    }
  }

  /** A ping falls due. */
  due(dueMs: number): void {
    if (this.#frozen || this.#away || this.#failed) return;
    if (this.#session !== undefined) this.#session.pings.due(dueMs);
    else if (this.#lost && this.#init.reconnect) this.#init.tally.pingFailed('offline');
  }

  /** Neither reads nor writes until `thaw`, as a process that hangs. */
  freeze(): void {
    if (this.#frozen || !this.#connected || this.#session === undefined) return;
    this.#frozen = true;
    this.#init.tally.counts.frozen++;
    this.#session.pings.pause();
    this.#session.connection.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#session?.connection.thaw();
  }

  /** Drops its connection and stays away until `comeBack`. */
  goAway(): void {
    if (this.#away || !this.#connected || this.#failed) return;
    this.#away = true;
    this.#init.tally.counts.dropped++;
    clearTimeout(this.#retry);
    void this.#endSession()?.close();
  }

  comeBack(): void {
    if (!this.#away || this.#leaving.signal.aborted) return;
    this.#away = false;
    this.#backoffMs = MIN_BACKOFF_MS;
    void this.#reconnect();
  }

  /** Takes leave for good. Never rejects. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    clearTimeout(this.#retry);
    this.#settle();
    const connection = this.#endSession();
    await connection?.close();
    await this.#init.dialer.stop().catch(() => undefined);
  }

  /** A peer that goes before it got in: has it failed, or was it never given the time? */
  #settle(): void {
    if (this.#connected || this.#failed) return;
    if (this.#startedAtMs === undefined) this.#fail('not_dialed');
    else this.#fail(now() - this.#startedAtMs < PATIENCE_MS ? 'cut_short' : 'no_answer');
  }

  #fail(reason: FailReason): void {
    if (this.#connected || this.#failed) return;
    this.#failed = true;
    this.#init.tally.peerFailed(reason);
  }

  async #connect(): Promise<void> {
    const { dialer, tally, pingTimeoutMs } = this.#init;
    const dialedAtMs = now();
    const connection = await this.#dial(dialer);
    tally.setUp(now() - dialedAtMs);
    if (this.#leaving.signal.aborted || this.#away) {
      await connection.close();
      return;
    }
    const held = new HeldPing(connection, now);
    const pings = new OpenLoop({
      ping: (timeoutMs) => held.ping(timeoutMs),
      onAnswered: (rttMs) => this.#answered(rttMs),
      onFailed: (error) => this.#pingFailed(error),
      onLate: (lateMs) => tally.left(lateMs),
      timeoutMs: pingTimeoutMs,
      now,
    });
    this.#session = { connection, held, pings };
    this.#lost = false;
    connection.onClose(() => this.#onClose(connection));
    if (this.#connected) tally.counts.online++;
    // One at once: it proves that the server wants this peer.
    pings.due(now());
    if (!connection.open) this.#onClose(connection);
  }

  async #dial(dialer: Dialer): Promise<PeerConnection> {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), DIAL_TIMEOUT_MS);
    const onLeaving = (): void => giveUp.abort();
    this.#leaving.signal.addEventListener('abort', onLeaving);
    try {
      return await dialer.dial(giveUp.signal);
    } catch (error) {
      if (!giveUp.signal.aborted) throw error;
      throw new DOMException('the dial timed out', 'TimeoutError');
    } finally {
      clearTimeout(timer);
      this.#leaving.signal.removeEventListener('abort', onLeaving);
    }
  }

  #answered(rttMs: number): void {
    this.#misses = 0;
    this.#backoffMs = MIN_BACKOFF_MS;
    this.#init.tally.answered(rttMs);
    if (this.#connected || this.#failed) return;
    this.#connected = true;
    this.#init.tally.counts.connected++;
    if (this.#session !== undefined) this.#init.tally.counts.online++;
  }

  #pingFailed(error: SwarmPingError): void {
    this.#init.tally.pingFailed(error);
    if (!SIGNS_OF_DEATH.includes(error)) return;
    this.#misses++;
    if (this.#misses < MAX_MISSES || this.#session === undefined) return;
    this.#misses = 0;
    this.#session.connection.abort(new Error('too many pings unanswered'));
  }

  #onClose(connection: PeerConnection): void {
    if (this.#session?.connection !== connection) return;
    this.#endSession();
    if (!this.#connected) {
      this.#fail('hung_up');
      return;
    }
    this.#init.tally.counts.disconnects++;
    this.#lost = true;
    this.#reconnectLater();
  }

  /** Forgets the connection, and says which it was: from here on its end is no news. */
  #endSession(): PeerConnection | undefined {
    const session = this.#session;
    if (session === undefined) return undefined;
    this.#session = undefined;
    this.#frozen = false;
    this.#misses = 0;
    if (this.#connected) this.#init.tally.counts.online--;
    this.#init.tally.counts.reopened += session.held.reopened;
    const deliberate = this.#away || this.#leaving.signal.aborted;
    if (deliberate) session.pings.pause();
    session.pings.end();
    session.held.stop();
    return session.connection;
  }

  #reconnectLater(): void {
    if (!this.#init.reconnect || this.#away || this.#leaving.signal.aborted) return;
    clearTimeout(this.#retry);
    const waitMs = this.#backoffMs * (0.5 + Math.random());
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, 2 * this.#backoffMs);
    this.#retry = setTimeout(() => void this.#reconnect(), waitMs);
  }

  async #reconnect(): Promise<void> {
    // A dial that began before the peer went away may still be under way: it will do.
    if (this.#connecting || this.#session !== undefined) return;
    this.#connecting = true;
    try {
      await this.#connect();
    } catch {
      // The next try is below, as for a connection that ended at once.
      this.#lost = true;
    } finally {
      this.#connecting = false;
    }
    if (this.#session === undefined) this.#reconnectLater();
  }
}
