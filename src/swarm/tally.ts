import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { SwarmPingError } from './open-loop.ts';
import type { FailReason } from './plan.ts';

const NS_A_MS = 1e6;
const MAX_NS = 600e9;

/** Counts of a worker, which only grow, but for `online`. */
export interface Counts {
  /** Peers whose turn to dial has come. */
  started: number;
  /** Peers that have had a ping answered. */
  connected: number;
  /** Of those, how many are connected now. */
  online: number;
  /** Peers that did not get in. */
  failed: number;
  /** Peers that made room for one with a new identity. */
  replaced: number;
  /** Times a peer lost its connection against its will. */
  disconnects: number;
  /** Times a peer dropped its connection because the scenario said so. */
  dropped: number;
  /** Times a peer froze because the scenario said so. */
  frozen: number;
  /** Ping streams opened in place of one that the server had ended. */
  reopened: number;
  /** Pings that were due and have ended, with an answer or without. */
  pings: number;
  pingErrors: number;
}

export const NO_COUNTS: Counts = {
  started: 0,
  connected: 0,
  online: 0,
  failed: 0,
  replaced: 0,
  disconnects: 0,
  dropped: 0,
  frozen: 0,
  reopened: 0,
  pings: 0,
  pingErrors: 0,
};

/** All that a worker finds out about its peers. */
export class Tally {
  readonly counts: Counts = { ...NO_COUNTS };
  readonly failedByReason: Partial<Record<FailReason, number>> = {};
  readonly pingErrorsByReason: Partial<Record<SwarmPingError, number>> = {};
  /** In nanoseconds, as all histograms here. */
  readonly rtt = createHistogram();
  readonly setup = createHistogram();
  readonly late = createHistogram();
  #recentRtt = shortHistogram();

  answered(rttMs: number): void {
    this.counts.pings++;
    record(this.rtt, rttMs);
    record(this.#recentRtt, rttMs);
  }

  pingFailed(reason: SwarmPingError): void {
    this.counts.pings++;
    this.counts.pingErrors++;
    this.pingErrorsByReason[reason] = (this.pingErrorsByReason[reason] ?? 0) + 1;
  }

  peerFailed(reason: FailReason): void {
    this.counts.failed++;
    this.failedByReason[reason] = (this.failedByReason[reason] ?? 0) + 1;
  }

  setUp(setupMs: number): void {
    record(this.setup, setupMs);
  }

  left(lateMs: number): void {
    record(this.late, lateMs);
  }

  /** The round trips since this was last asked. */
  takeRecentRtt(): RecordableHistogram | undefined {
    if (this.#recentRtt.count === 0) return undefined;
    const recent = this.#recentRtt;
    this.#recentRtt = shortHistogram();
    return recent;
  }
}

/** One of many over time: two significant figures take 35 kB instead of several hundred. */
export function shortHistogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: MAX_NS, figures: 2 });
}

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.min(MAX_NS, Math.max(1, Math.round(ms * NS_A_MS))));
}
