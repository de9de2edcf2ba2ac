import type { DialResult } from '../contract/vocabulary.ts';

/** What a swarm is to do. */
export interface SwarmPlan {
  /** How many peers. */
  readonly peers: number;
  /** Full multiaddr of the node they connect to. */
  readonly target: string;
  /** The dials are spread over this time, evenly with jitter. */
  readonly rampMs: number;
  readonly pingIntervalMs: number;
  /** Whether a peer that lost its connection comes back. */
  readonly reconnect: boolean;
  /** Worker threads the peers are spread over. */
  readonly workers: number;
}

/**
 * Why a peer never got in: how its dial ended, or
 *
 * - `hung_up`: connected, and the other side closed before it answered a ping (a full server does that)
 * - `no_answer`: connected, but no ping was answered by the end
 * - `not_dialed`: the swarm ended before its turn
 */
export type FailReason = Exclude<DialResult, 'success'> | 'hung_up' | 'no_answer' | 'not_dialed';

/** A worker's share of the plan. */
export interface WorkerShare {
  readonly plan: SwarmPlan;
  /** Number of the first peer, and how many from there. */
  readonly first: number;
  readonly count: number;
}

/** How far a worker's peers have come. */
export interface Progress {
  /** Peers that have had a ping answered. */
  readonly connected: number;
  /** Of those, how many are connected now. */
  readonly online: number;
  readonly failed: number;
  readonly pings: number;
  readonly pingErrors: number;
}

/** Splits the peers into equal shares, one a worker. */
export function shares(plan: SwarmPlan): WorkerShare[] {
  return Array.from({ length: plan.workers }, (_, index) => {
    const first = Math.floor((index * plan.peers) / plan.workers);
    return { plan, first, count: Math.floor(((index + 1) * plan.peers) / plan.workers) - first };
  });
}
