import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { parseTargetAddress } from '../config/target.ts';
import { silentLogger } from '../log/logger.ts';
import { createNode } from '../node/create-node.ts';
import { dialResult } from '../node/dial-result.ts';
import { ephemeralIdentity } from '../node/identity.ts';
import { TargetKeeper } from '../node/target-keeper.ts';
import { PeerTable } from '../peers/peer-table.ts';
import { Prober } from '../probe/prober.ts';
import type { FailReason, SwarmPlan } from './plan.ts';

const DIAL_TIMEOUT_MS = 10_000;

/** Told what a peer lives through; times are in milliseconds. */
export interface SwarmPeerEvents {
  onSetUp(setupMs: number): void;
  onAnswered(rttMs: number): void;
  onPingError(reason: string): void;
}

/**
 * One real peer of a swarm: a whole libp2p node that dials the target, pings it, and is pinged.
 *
 * Its first dial is made once, so that what a server refuses is counted once; after that it comes back whenever it
 * loses its connection, as a client does.
 */
export class SwarmPeer {
  readonly table = new PeerTable();
  readonly prober: Prober;
  readonly #plan: SwarmPlan;
  readonly #events: SwarmPeerEvents;
  #node: Libp2p | undefined;
  #keeper: TargetKeeper | undefined;
  /** Whether a ping has ever been answered. */
  connected = false;
  failure: FailReason | undefined;
  disconnects = 0;

  constructor(plan: SwarmPlan, events: SwarmPeerEvents) {
    this.#plan = plan;
    this.#events = events;
    this.prober = new Prober({ table: this.table, intervalMs: plan.pingIntervalMs });
    this.prober.on('answered', (_peer, rttSeconds) => this.#answered(rttSeconds * 1000));
    this.prober.on('failed', (_peer, error) => events.onPingError(error));
    this.table.on('left', () => this.#left());
  }

  get online(): boolean {
    return this.connected && this.table.peerCount > 0;
  }

  /** Why this peer has not got in; nothing when it has. */
  get failReason(): FailReason | undefined {
    if (this.connected) return undefined;
    return this.failure ?? (this.#node === undefined ? 'not_dialed' : 'no_answer');
  }

  async start(): Promise<void> {
    const node = await createNode({ privateKey: await ephemeralIdentity() });
    this.#node = node;
    this.table.follow(node);
    await node.start();
    this.prober.start();
    const startedAt = performance.now();
    try {
      const connection = await node.dial(multiaddr(this.#plan.target), {
        signal: AbortSignal.timeout(DIAL_TIMEOUT_MS),
      });
      this.#events.onSetUp(performance.now() - startedAt);
      this.prober.pingNow(connection.remotePeer.toString());
    } catch (error) {
      this.failure = dialResult(error);
    }
  }

  async stop(): Promise<void> {
    await this.#keeper?.stop();
    this.prober.stop();
    await this.#node?.stop();
  }

  #answered(rttMs: number): void {
    this.#events.onAnswered(rttMs);
    if (this.connected || this.#node === undefined) return;
    this.connected = true;
    if (!this.#plan.reconnect) return;
    const { peerId, address } = parseTargetAddress(this.#plan.target);
    this.#keeper = new TargetKeeper({
      node: this.#node,
      targets: [{ peerId, addresses: [address] }],
      presence: this.table,
      log: silentLogger,
    });
    this.#keeper.start();
  }

  #left(): void {
    if (this.connected) this.disconnects++;
    else this.failure ??= 'hung_up';
  }
}
