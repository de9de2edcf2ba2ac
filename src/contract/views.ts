import { AggregationType, createAllowListAttributesProcessor, type ViewOptions } from '@opentelemetry/sdk-metrics';
import { METRIC_ROWS } from './metrics.ts';
import { type Naming, streamName } from './naming.ts';
import type { MetricRow } from './row.ts';

/** Label sets allowed where the runtime, not the table, bounds a label: V8 has 13 heap spaces. */
const RUNTIME_BOUNDED_LIMIT = 64;

/**
 * The views that give every stream its name, its buckets, its labels and an upper bound on its label sets.
 *
 * Rows of single peers and single processes have no view: they come from producers, which no view reaches.
 */
export function metricViews(naming: Naming): ViewOptions[] {
  return METRIC_ROWS.filter((row) => row.source === 'record' || row.source === 'observe').map((row) => ({
    instrumentName: row.instrument,
    name: streamName(row, naming),
    attributesProcessors: [createAllowListAttributesProcessor(Object.keys(row.labels))],
    aggregationCardinalityLimit: cardinalityLimit(row),
    ...(row.buckets === undefined
      ? {}
      : {
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { boundaries: [...row.buckets], recordMinMax: false },
          } as const,
        }),
  }));
}

/** Every label set of the row, and one more: the SDK keeps the last place for its overflow series. */
export function cardinalityLimit(row: MetricRow): number {
  const sizes = Object.values(row.labels).map((values) => values?.length ?? RUNTIME_BOUNDED_LIMIT);
  return sizes.reduce((product, size) => product * size, 1) + 1;
}

/** Whether every value of every label is in the table. */
export function isClosed(row: MetricRow): boolean {
  return Object.values(row.labels).every((values) => values !== null);
}

/** Every label set a row with closed label values can have, in a fixed order. */
export function labelSets(row: MetricRow): Record<string, string>[] {
  return Object.entries(row.labels).reduce<Record<string, string>[]>(
    (sets, [label, values]) => sets.flatMap((set) => (values ?? []).map((value) => ({ ...set, [label]: value }))),
    [{}],
  );
}
