import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { WorkerResult } from './messages.ts';
import type { SwarmPingError } from './open-loop.ts';
import type { FailReason, SwarmPlan } from './plan.ts';
import type { Counts } from './tally.ts';
import { judge, type Threshold, type ThresholdResult } from './thresholds.ts';
import type { TimelinePoint } from './timeline.ts';

/** Percentiles in milliseconds; `null` when there was nothing to measure. */
export type Percentiles<P extends string> = Readonly<Record<P, number | null>>;

/** A part of the scenario, as it was to be. */
export interface ReportedPhase {
  readonly name: string;
  /** From the start of the run. */
  readonly fromSeconds: number;
  readonly peers: number;
}

/** What a swarm found. `--json` prints it as it is. */
export interface SwarmReport {
  readonly target: string;
  readonly scenario: string;
  readonly kind: 'light' | 'full';
  /** Peers that were to come, the replacements among them. */
  readonly requested: number;
  /** Peers that connected and had a ping answered. */
  readonly connected: number;
  /** Of those, how many were connected when the swarm ended. */
  readonly connectedAtEnd: number;
  /** Peers that never got in, by reason. */
  readonly failed: Partial<Record<FailReason, number>>;
  /** Times a peer lost its connection against its will. */
  readonly disconnects: number;
  /** What the scenario did to peers, by how often. */
  readonly staged: Readonly<Record<'replaced' | 'dropped' | 'frozen', number>>;
  /** Pings that were due and have ended, with an answer or without. */
  readonly pings: number;
  readonly pingErrors: number;
  readonly pingErrorsByReason: Partial<Record<SwarmPingError, number>>;
  /** Ping streams opened in place of one that the server had ended. */
  readonly streamsReopened: number;
  readonly rttMs: Percentiles<'min' | 'mean' | 'p50' | 'p95' | 'p99' | 'p99.9' | 'max'>;
  /** From the start of the dial until the connection was open. */
  readonly setupMs: Percentiles<'p50' | 'p95' | 'p99' | 'max'>;
  /** How late pings left that had nobody to wait for: what the swarm itself adds to what it measures. */
  readonly lateMs: Percentiles<'p50' | 'p99' | 'max'>;
  /** What the swarm itself took, all its threads together. */
  readonly self: { readonly rssBytes: number; readonly cpuSeconds: number };
  readonly durationSeconds: number;
  readonly thresholds: readonly ThresholdResult[];
  readonly phases: readonly ReportedPhase[];
  /** Round trip and set-up by percentile: pairs of per cent and milliseconds. */
  readonly distributions: Readonly<Record<'rtt' | 'setup', readonly (readonly [number, number])[]>>;
  readonly timeline: readonly TimelinePoint[];
}

/** What a report is made of. */
export interface ReportInit {
  readonly plan: SwarmPlan;
  readonly results: readonly WorkerResult[];
  readonly durationMs: number;
  readonly timeline: readonly TimelinePoint[];
  readonly self: SwarmReport['self'];
  readonly thresholds: readonly Threshold[];
}

/** Adds the workers' results up. */
export function swarmReport(init: ReportInit): SwarmReport {
  const { plan, results } = init;
  const total = (key: keyof Counts): number => results.reduce((sum, { counts }) => sum + counts[key], 0);
  const notDialed = results.reduce((sum, result) => sum + result.notDialed, 0);
  const failed = addUp(results.map((result) => result.failedByReason));
  const rtt = merged(results.map((result) => result.rtt));
  const setup = merged(results.map((result) => result.setup));
  const late = merged(results.map((result) => result.late));
  const report = {
    target: plan.target,
    scenario: plan.scenario.name,
    kind: plan.fullNodes ? ('full' as const) : ('light' as const),
    requested: total('started') + notDialed,
    connected: total('connected'),
    connectedAtEnd: total('online'),
    failed: notDialed === 0 ? failed : { ...failed, not_dialed: notDialed },
    disconnects: total('disconnects'),
    staged: { replaced: total('replaced'), dropped: total('dropped'), frozen: total('frozen') },
    pings: total('pings'),
    pingErrors: total('pingErrors'),
    pingErrorsByReason: addUp(results.map((result) => result.pingErrorsByReason)),
    streamsReopened: total('reopened'),
    rttMs: {
      min: ms(rtt, rtt.min),
      mean: ms(rtt, rtt.mean),
      p50: at(rtt, 50),
      p95: at(rtt, 95),
      p99: at(rtt, 99),
      'p99.9': at(rtt, 99.9),
      max: ms(rtt, rtt.max),
    },
    setupMs: { p50: at(setup, 50), p95: at(setup, 95), p99: at(setup, 99), max: ms(setup, setup.max) },
    lateMs: { p50: at(late, 50), p99: at(late, 99), max: ms(late, late.max) },
    self: init.self,
    durationSeconds: Math.round(init.durationMs / 100) / 10,
    phases: phasesOf(plan),
    distributions: { rtt: distribution(rtt), setup: distribution(setup) },
    timeline: init.timeline,
  };
  return { ...report, thresholds: judge(init.thresholds, report) };
}

function phasesOf({ scenario }: SwarmPlan): ReportedPhase[] {
  let fromMs = 0;
  return scenario.phases.map(({ name, durationMs, peers }) => {
    const phase = { name, fromSeconds: Math.round(fromMs) / 1000, peers };
    fromMs += durationMs;
    return phase;
  });
}

function merged(histograms: readonly RecordableHistogram[]): RecordableHistogram {
  const all = createHistogram();
  for (const histogram of histograms) if (histogram.count > 0) all.add(histogram);
  return all;
}

function at(histogram: RecordableHistogram, percent: number): number | null {
  return ms(histogram, histogram.percentile(percent));
}

function ms(histogram: RecordableHistogram, nanoseconds: number): number | null {
  return histogram.count === 0 ? null : Math.round(nanoseconds / 1e3) / 1e3;
}

/** As fine as the number of values allows: 50, 75, 87.5 … per cent, as HDR histograms are drawn. */
function distribution(histogram: RecordableHistogram): [number, number][] {
  if (histogram.count === 0) return [];
  const percents = [0, 10, 25];
  for (let rest = 50; rest * histogram.count > 50 && percents.length < 24; rest /= 2) percents.push(100 - rest);
  return [...percents, 100].map((percent) => {
    const ns = percent === 0 ? histogram.min : percent === 100 ? histogram.max : histogram.percentile(percent);
    return [percent, Math.round(ns / 1e3) / 1e3];
  });
}

function addUp<K extends string>(parts: readonly Partial<Record<K, number>>[]): Partial<Record<K, number>> {
  const sums = new Map<K, number>();
  for (const part of parts) {
    for (const [key, count] of Object.entries(part) as [K, number][]) sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return Object.fromEntries(sums) as Partial<Record<K, number>>;
}
