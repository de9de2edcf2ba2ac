import { METRIC_ROWS } from '../contract/metrics.ts';
import type { MetricRow } from '../contract/row.ts';
import type { Sample } from './exposition.ts';
import { labelKey } from './series.ts';

/** Sums only grow: what somebody shows lies between what the daemon said before, and what it says after. */
export type Verdict =
  | { readonly kind: 'current' }
  /** Everything that moves is older than what was pushed. */
  | { readonly kind: 'frozen' }
  /** Values that the daemon never had, or some that are current and some that are not. */
  | { readonly kind: 'foreign'; readonly series: string; readonly shown: number; readonly own: number };

/** Counters, and the counts of histograms; what comes from single peers goes with them. */
const GROWING = METRIC_ROWS.filter(
  ({ kind, source }) => source !== 'per-peer' && (kind === 'counter' || kind === 'histogram'),
);

/** A float may have been written out and read again. */
const SLACK = 1e-9;

export interface Readings {
  /** The daemon's samples before the push, and after the page was read. */
  readonly before: readonly Sample[];
  readonly after: readonly Sample[];
  /** What is shown in between. */
  readonly shown: readonly Sample[];
  readonly ownName: (row: MetricRow) => string;
  readonly shownName: (row: MetricRow) => string;
}

export function judge({ before, after, shown, ownName, shownName }: Readings): Verdict {
  const first = growing(before, ownName);
  const last = growing(after, ownName);
  const there = growing(shown, shownName);
  let moving = 0;
  let late: Verdict | undefined;
  let lateCount = 0;
  for (const [key, own] of last) {
    const value = there.get(key);
    const least = first.get(key);
    if (value === undefined || least === undefined) continue;
    if (value > own * (1 + SLACK)) return { kind: 'foreign', series: key, shown: value, own };
    if (own > least) moving++;
    if (value >= least * (1 - SLACK)) continue;
    late = { kind: 'foreign', series: key, shown: value, own };
    lateCount++;
  }
  if (late === undefined) return { kind: 'current' };
  return lateCount >= moving / 2 ? { kind: 'frozen' } : late;
}

function growing(samples: readonly Sample[], nameOf: (row: MetricRow) => string): Map<string, number> {
  const rowByName = new Map(
    GROWING.map((row) => [`${nameOf(row)}${row.kind === 'histogram' ? '_count' : ''}`, row] as const),
  );
  const values = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    const row = rowByName.get(name);
    if (row === undefined) continue;
    values.set(`${row.name}{${labelKey(labels, (label) => label !== 'job' && label !== 'instance')}}`, value);
  }
  return values;
}
