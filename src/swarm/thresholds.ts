import { duration } from '../config/parse.ts';
import type { SwarmReport } from './report.ts';

/** A figure of the report that a run can be held to. */
interface Figure {
  readonly unit: 'ms' | 'count';
  /** `null` when there was nothing to measure: then no threshold on it holds. */
  readonly value: (report: Measured) => number | null;
  /** What a value in per cent is a part of. */
  readonly wholeOf?: (report: Measured) => number;
}

type Measured = Omit<SwarmReport, 'thresholds'>;

const ms = (value: (report: Measured) => number | null): Figure => ({ unit: 'ms', value });
const count = (value: (report: Measured) => number, wholeOf?: (report: Measured) => number): Figure => ({
  unit: 'count',
  value,
  ...(wholeOf === undefined ? {} : { wholeOf }),
});

/** Those that were given the time to get in. */
const whoCould = (report: Measured): number => report.requested - (report.failed.cut_short ?? 0);

/** Everything a threshold can be set on. */
const FIGURES: ReadonlyMap<string, Figure> = new Map([
  ['rtt.min', ms(({ rttMs }) => rttMs.min)],
  ['rtt.mean', ms(({ rttMs }) => rttMs.mean)],
  ['rtt.p50', ms(({ rttMs }) => rttMs.p50)],
  ['rtt.p95', ms(({ rttMs }) => rttMs.p95)],
  ['rtt.p99', ms(({ rttMs }) => rttMs.p99)],
  ['rtt.p99.9', ms(({ rttMs }) => rttMs['p99.9'])],
  ['rtt.max', ms(({ rttMs }) => rttMs.max)],
  ['setup.p50', ms(({ setupMs }) => setupMs.p50)],
  ['setup.p95', ms(({ setupMs }) => setupMs.p95)],
  ['setup.p99', ms(({ setupMs }) => setupMs.p99)],
  ['setup.max', ms(({ setupMs }) => setupMs.max)],
  ['late.p99', ms(({ lateMs }) => lateMs.p99)],
  ['connected', count(({ connected }) => connected, whoCould)],
  ['failed', count((report) => whoCould(report) - report.connected, whoCould)],
  ['disconnects', count(({ disconnects }) => disconnects)],
  ['pings', count(({ pings }) => pings)],
  [
    'errors',
    count(
      ({ pingErrors }) => pingErrors,
      ({ pings }) => pings,
    ),
  ],
]);

const COMPARE: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<=': (value, limit) => value <= limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '>': (value, limit) => value > limit,
  '=': (value, limit) => value === limit,
};

/** What a run has to keep to. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly figure: string;
  readonly operator: string;
  /** In milliseconds, a count, or per cent. */
  readonly limit: number;
  readonly percent: boolean;
}

/** A threshold after the run. */
export interface ThresholdResult {
  readonly text: string;
  /** What was measured, in the unit of the threshold; `null` when there was nothing to measure. */
  readonly value: number | null;
  readonly unit: 'ms' | '%' | '';
  readonly held: boolean;
}

const longestDuration = duration(0, 3_600_000, 'ms');

/**
 * Reads `rtt.p99<50ms`, `connected>=99.9%`, `disconnects=0`. Throws an Error that says what was expected.
 */
export function parseThreshold(text: string): Threshold {
  const match = /^\s*([\w.]+)\s*(<=|>=|<|>|=)\s*(\S+)\s*$/.exec(text);
  const [, name = '', operator = '', limitText = ''] = match ?? [];
  if (match === null)
    throw new Error('a figure, < <= > >= or =, and a limit, such as rtt.p99<50ms or connected>=99.9%');
  const figure = FIGURES.get(name);
  if (figure === undefined) throw new Error(`a threshold on one of ${[...FIGURES.keys()].join(', ')}`);
  const percent = limitText.endsWith('%');
  if (percent && figure.wholeOf === undefined)
    throw new Error(`a threshold on ${name} without %: it is a part of nothing`);
  const limit = figure.unit === 'ms' ? durationLimit(name, limitText) : countLimit(name, limitText, percent);
  return { text: text.trim(), figure: name, operator, limit, percent };
}

function durationLimit(name: string, text: string): number {
  try {
    return longestDuration(text);
  } catch {
    throw new Error(`a threshold on ${name} with a time, such as 50ms or 1.5s`);
  }
}

function countLimit(name: string, text: string, percent: boolean): number {
  const limit = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (Number.isNaN(limit)) throw new Error(`a threshold on ${name} with a number${percent ? ' before the %' : ''}`);
  return limit;
}

/** Holds a run to its thresholds. */
export function judge(thresholds: readonly Threshold[], report: Measured): ThresholdResult[] {
  return thresholds.map(({ text, figure: name, operator, limit, percent }) => {
    const figure = FIGURES.get(name);
    const value = figure === undefined ? null : measured(figure, report, percent);
    const held = value !== null && (COMPARE[operator]?.(value, limit) ?? false);
    return { text, value, unit: percent ? '%' : figure?.unit === 'ms' ? 'ms' : '', held };
  });
}

function measured(figure: Figure, report: Measured, percent: boolean): number | null {
  const value = figure.value(report);
  if (!percent || value === null) return value;
  const whole = figure.wholeOf?.(report) ?? 0;
  // Rounded down to what is shown: 99.996 % is not 100 %.
  return whole === 0 ? null : Math.floor((value / whole) * 1e6) / 1e4;
}
