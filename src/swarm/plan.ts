import type { DialResult } from '../contract/vocabulary.ts';
import type { Scenario } from './scenario.ts';

/** What a swarm is to do. */
export interface SwarmPlan {
  /** Full multiaddr of the node the peers connect to. */
  readonly target: string;
  readonly scenario: Scenario;
  /** Whole libp2p nodes instead of light peers. */
  readonly fullNodes: boolean;
  /** Whether a peer that lost its connection comes back. */
  readonly reconnect: boolean;
  /** A ping not answered so long after it was due has failed. */
  readonly pingTimeoutMs: number;
  /** Worker threads the peers are spread over. */
  readonly workers: number;
}

/**
 * Why a peer never got in: how its dial ended, or
 *
 * - `hung_up`: connected, and the other side closed before it answered a ping (a full server does that)
 * - `no_answer`: connected, but no ping was answered by the end
 * - `not_dialed`: the swarm ended before its turn
 * - `cut_short`: it was told to go within 5 s of its dial, by the scenario or the end: no failure of the server's
 */
export type FailReason = Exclude<DialResult, 'success'> | 'hung_up' | 'no_answer' | 'not_dialed' | 'cut_short';

/** A worker's share of the plan: every peer whose number leaves this remainder when divided by the workers. */
export interface WorkerShare {
  readonly plan: SwarmPlan;
  readonly worker: number;
}

/** How far the peers have come. */
export interface Progress {
  /** Peers that have had a ping answered. */
  readonly connected: number;
  /** Of those, how many are connected now. */
  readonly online: number;
  readonly failed: number;
  readonly pings: number;
  readonly pingErrors: number;
}
