import { METRICS, type MetricKey } from './metrics.ts';
import type { MetricRow } from './row.ts';

/** What a histogram has counted. */
export interface HistogramValue {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly sum: number;
  readonly count: number;
}

/** The value of one label set. */
export interface Point<V = number | HistogramValue> {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: V;
}

/** The values of some rows of the contract, as one process has them, or several together. */
export type Figures = ReadonlyMap<MetricKey, readonly Point[]>;

/** The row of a key, as any row. */
export function rowOf(key: MetricKey): MetricRow {
  return METRICS[key];
}

/** The number a row has for these labels; undefined when it has none. */
export function numberOf(figures: Figures, key: MetricKey, labels: Point['attributes'] = {}): number | undefined {
  const point = figures
    .get(key)
    ?.find(({ attributes }) => Object.entries(labels).every(([label, value]) => attributes[label] === value));
  return typeof point?.value === 'number' ? point.value : undefined;
}

/** The sum of a row over all its labels; 0 when it has no values. */
export function totalOf(figures: Figures, key: MetricKey): number {
  return (figures.get(key) ?? []).reduce((sum, { value }) => sum + (typeof value === 'number' ? value : 0), 0);
}
