import { type Figures, type HistogramValue, type Point, rowOf } from '../contract/figures.ts';
import type { MetricKey } from '../contract/metrics.ts';

type Value = Point['value'];

/**
 * The figures of several processes as those of one, each row by its own rule (`across` in the contract). Rows that only
 * the whole can give, or that one process alone has, are left out.
 */
export function merge(parts: readonly Figures[]): Figures {
  const keys = new Set(parts.flatMap((part) => [...part.keys()]));
  const merged = new Map<MetricKey, readonly Point[]>();
  for (const key of keys) {
    const combine = COMBINE[rowOf(key).across ?? 'sum'];
    if (combine === undefined) continue;
    merged.set(
      key,
      byLabels(parts.flatMap((part) => part.get(key) ?? [])).map(([attributes, values]) => ({
        attributes,
        value: combine(values),
      })),
    );
  }
  return merged;
}

/** Of these figures, those that only ever grow: what is left of a process that has ended. */
export function growing(figures: Figures): Figures {
  return new Map([...figures].filter(([key]) => ['counter', 'histogram'].includes(rowOf(key).kind)));
}

const COMBINE: Readonly<Record<string, ((values: readonly Value[]) => Value) | undefined>> = {
  sum: (values) => values.reduce(add),
  max: (values) => Math.max(...values.map(asNumber)),
  mean: (values) => values.map(asNumber).reduce((sum, value) => sum + value, 0) / values.length,
};

function byLabels(points: readonly Point[]): [Point['attributes'], Value[]][] {
  const groups = new Map<string, [Point['attributes'], Value[]]>();
  for (const { attributes, value } of points) {
    const labels = JSON.stringify(Object.entries(attributes).sort());
    const group = groups.get(labels);
    if (group === undefined) groups.set(labels, [attributes, [value]]);
    else group[1].push(value);
  }
  return [...groups.values()];
}

function add(a: Value, b: Value): Value {
  return typeof a === 'number' || typeof b === 'number' ? asNumber(a) + asNumber(b) : addHistograms(a, b);
}

/** Bucket by bucket: all processes have the bounds of the contract. */
function addHistograms(a: HistogramValue, b: HistogramValue): HistogramValue {
  const { boundaries } = a.buckets;
  const counts = a.buckets.counts.map((count, at) => count + (b.buckets.counts[at] ?? 0));
  return { buckets: { boundaries, counts }, sum: a.sum + b.sum, count: a.count + b.count };
}

const asNumber = (value: Value): number => (typeof value === 'number' ? value : value.count);
