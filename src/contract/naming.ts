import type { MetricRow } from './row.ts';

/**
 * Whose names the exported streams carry: the documented Prometheus names, or the OpenTelemetry instrument names for
 * backends that want those. Buckets, allow-lists and limits are the same either way.
 */
export const NAMINGS = ['documented', 'semantic'] as const;
export type Naming = (typeof NAMINGS)[number];

/** What the exported stream of a row is called. */
export function streamName(row: MetricRow, naming: Naming): string {
  return naming === 'documented' ? row.name : row.instrument;
}

/** What Prometheus shows for a row: dots become underscores, counters end in `_total`. */
export function prometheusName(row: MetricRow, naming: Naming): string {
  if (naming === 'documented') return row.name;
  const escaped = row.instrument.replace(/[^a-zA-Z0-9_]/g, '_');
  return row.kind === 'counter' ? `${escaped}_total` : escaped;
}

/** A label as Prometheus shows it: attribute names may have dots, label names may not. */
export function prometheusLabel(attribute: string): string {
  return attribute.replace(/[^a-zA-Z0-9_]/g, '_');
}

/** What Prometheus calls the type of a row. */
export function prometheusType(row: MetricRow): 'counter' | 'gauge' | 'histogram' {
  return row.kind === 'updowncounter' ? 'gauge' : row.kind;
}
