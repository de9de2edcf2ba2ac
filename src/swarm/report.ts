import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { WorkerResult } from './messages.ts';
import type { FailReason, SwarmPlan } from './plan.ts';

/** Percentiles in milliseconds; `null` when there was nothing to measure. */
export type Percentiles<P extends string> = Readonly<Record<P, number | null>>;

/** What a swarm found. `--json` prints it as it is. */
export interface SwarmReport {
  readonly target: string;
  readonly requested: number;
  /** Peers that connected and had a ping answered. */
  readonly connected: number;
  /** Of those, how many were connected when the swarm ended. */
  readonly connectedAtEnd: number;
  /** Peers that never got in, by reason. */
  readonly failed: Partial<Record<FailReason, number>>;
  /** Times a peer lost its connection. */
  readonly disconnects: number;
  readonly pings: number;
  readonly pingErrors: number;
  readonly pingErrorsByReason: Partial<Record<string, number>>;
  readonly rttMs: Percentiles<'min' | 'mean' | 'p50' | 'p95' | 'p99' | 'max'>;
  /** From the start of the dial until the connection was open. */
  readonly setupMs: Percentiles<'p50' | 'p95' | 'max'>;
  readonly durationSeconds: number;
}

/** Adds the workers' results up. */
export function swarmReport(plan: SwarmPlan, results: readonly WorkerResult[], durationMs: number): SwarmReport {
  const total = (pick: (result: WorkerResult) => number): number =>
    results.reduce((sum, result) => sum + pick(result), 0);
  const rtt = merged(results.map((result) => result.rtt));
  const setup = merged(results.map((result) => result.setup));
  return {
    target: plan.target,
    requested: plan.peers,
    connected: total((result) => result.connected),
    connectedAtEnd: total((result) => result.online),
    failed: addUp(results.map((result) => result.failedByReason)),
    disconnects: total((result) => result.disconnects),
    pings: total((result) => result.pings),
    pingErrors: total((result) => result.pingErrors),
    pingErrorsByReason: addUp(results.map((result) => result.pingErrorsByReason)),
    rttMs: {
      min: ms(rtt, rtt.min),
      mean: ms(rtt, rtt.mean),
      p50: ms(rtt, rtt.percentile(50)),
      p95: ms(rtt, rtt.percentile(95)),
      p99: ms(rtt, rtt.percentile(99)),
      max: ms(rtt, rtt.max),
    },
    setupMs: { p50: ms(setup, setup.percentile(50)), p95: ms(setup, setup.percentile(95)), max: ms(setup, setup.max) },
    durationSeconds: Math.round(durationMs / 100) / 10,
  };
}

/** The report for people. */
export function reportText(report: SwarmReport): string {
  const { rttMs, setupMs } = report;
  const failed = Object.entries(report.failed).map(([reason, count]) => `${count} ${reason}`);
  const errors = Object.entries(report.pingErrorsByReason).map(([reason, count]) => `${count} ${reason}`);
  const lines = [
    ['peers', `${report.connected} of ${report.requested} connected, ${report.connectedAtEnd} at the end`],
    ['failed', failed.length === 0 ? 'none' : failed.join(', ')],
    ['disconnects', String(report.disconnects)],
    ['pings', `${report.pings}, ${report.pingErrors} errors${errors.length === 0 ? '' : ` (${errors.join(', ')})`}`],
    [
      'round trip',
      `p50 ${figure(rttMs.p50)}  p95 ${figure(rttMs.p95)}  p99 ${figure(rttMs.p99)}  max ${figure(rttMs.max)}`,
    ],
    ['set-up', `p50 ${figure(setupMs.p50)}  p95 ${figure(setupMs.p95)}  max ${figure(setupMs.max)}`],
    ['duration', `${report.durationSeconds} s`],
  ] as const;
  return `${lines.map(([name, text]) => `${name.padEnd(12)}${text}`).join('\n')}\n`;
}

function merged(histograms: readonly RecordableHistogram[]): RecordableHistogram {
  const all = createHistogram();
  for (const histogram of histograms) if (histogram.count > 0) all.add(histogram);
  return all;
}

function ms(histogram: RecordableHistogram, nanoseconds: number): number | null {
  return histogram.count === 0 ? null : Math.round(nanoseconds / 1e3) / 1e3;
}

const figure = (value: number | null): string => (value === null ? '–' : `${value} ms`);

function addUp<K extends string>(parts: readonly Partial<Record<K, number>>[]): Partial<Record<K, number>> {
  const sums = new Map<K, number>();
  for (const part of parts) {
    for (const [key, count] of Object.entries(part) as [K, number][]) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return Object.fromEntries(sums) as Partial<Record<K, number>>;
}
