import { type Figures, numberOf, type Point } from '../contract/figures.ts';
import type { MetricKey } from '../contract/metrics.ts';

/** One process of the daemon, as its series show it. */
export interface ProcessState {
  /** The value of the label `process`. */
  readonly name: string;
  /** Undefined while it is down. */
  readonly figures: Figures | undefined;
  /** What its earlier lives have counted; absent for the primary, which has but one. */
  readonly retired?: Figures;
  /** Absent for the primary: its end is the end of all. */
  readonly restarts?: number;
}

/** Which row of a process its series shows. */
const SHOWN: Readonly<Partial<Record<MetricKey, MetricKey>>> = {
  processPeers: 'peers',
  processMemoryRss: 'memoryRss',
  processCpuUsage: 'cpuUsage',
  processLoopDelayP99: 'eventLoopDelayP99',
  processLoopUtilization: 'eventLoopUtilization',
};

/** The series that tell the processes apart. */
export function perProcessFigures(processes: readonly ProcessState[]): Figures {
  const row = (value: (state: ProcessState) => number | undefined): Point[] =>
    processes.flatMap((state) => {
      const found = value(state);
      return found === undefined ? [] : [{ attributes: { process: state.name }, value: found }];
    });
  const shown = Object.entries(SHOWN).map(
    ([key, source]) => [key as MetricKey, row(({ figures }) => figures && numberOf(figures, source))] as const,
  );
  return new Map<MetricKey, readonly Point[]>([
    ...shown,
    ['processUp', row(({ figures }) => (figures === undefined ? 0 : 1))],
    ['processRestarts', row(({ restarts }) => restarts)],
    ['processPingResponses', row(answered)],
  ]);
}

function answered({ figures, retired }: ProcessState): number | undefined {
  if (retired === undefined) return undefined;
  const now = figures === undefined ? 0 : (numberOf(figures, 'pingResponses') ?? 0);
  return now + (numberOf(retired, 'pingResponses') ?? 0);
}
