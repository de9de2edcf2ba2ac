import { type MatcherValue, selector } from './metric.ts';
import type { Series, SeriesKind } from './vector.ts';

/** A metric that is not ours: who brings it, and under which labels (those of the scrape, job and instance, besides). */
interface ForeignRow {
  readonly name: string;
  readonly kind: SeriesKind;
  readonly from: 'prometheus' | 'collector';
  readonly labels: readonly string[];
}

/** Every name of others that a dashboard uses. A test looks for each in the real Prometheus and the real Collector. */
export const FOREIGN = {
  up: { name: 'up', kind: 'gauge', from: 'prometheus', labels: [] },
  scrapeDuration: { name: 'scrape_duration_seconds', kind: 'gauge', from: 'prometheus', labels: [] },
  scrapeSamples: { name: 'scrape_samples_scraped', kind: 'gauge', from: 'prometheus', labels: [] },
  received: {
    name: 'otelcol_receiver_accepted_metric_points',
    kind: 'counter',
    from: 'collector',
    labels: ['receiver', 'transport'],
  },
  refused: {
    name: 'otelcol_receiver_refused_metric_points',
    kind: 'counter',
    from: 'collector',
    labels: ['receiver', 'transport'],
  },
  receiverFailed: {
    name: 'otelcol_receiver_failed_metric_points',
    kind: 'counter',
    from: 'collector',
    labels: ['receiver', 'transport'],
  },
  batchPoints: {
    name: 'otelcol_processor_batch_batch_send_size_sum',
    kind: 'counter',
    from: 'collector',
    labels: ['processor'],
  },
  batches: {
    name: 'otelcol_processor_batch_batch_send_size_count',
    kind: 'counter',
    from: 'collector',
    labels: ['processor'],
  },
  inFlight: {
    name: 'otelcol_exporter_in_flight_requests',
    kind: 'gauge',
    from: 'collector',
    labels: ['data_type', 'exporter'],
  },
  handedOn: {
    name: 'otelcol_exporter_sent_metric_points',
    kind: 'counter',
    from: 'collector',
    labels: ['exporter'],
  },
  collectorMemory: { name: 'otelcol_process_memory_rss', kind: 'gauge', from: 'collector', labels: [] },
  collectorHeap: { name: 'otelcol_process_runtime_heap_alloc_bytes', kind: 'gauge', from: 'collector', labels: [] },
  collectorUptime: { name: 'otelcol_process_uptime', kind: 'counter', from: 'collector', labels: [] },
} as const satisfies Record<string, ForeignRow>;

export type ForeignKey = keyof typeof FOREIGN;
type LabelOf<K extends ForeignKey> = (typeof FOREIGN)[K]['labels'][number] | 'job' | 'instance';

/** The series of a metric that is not ours. */
export function foreign<K extends ForeignKey>(
  key: K,
  matchers: { readonly [L in LabelOf<K>]?: MatcherValue } = {},
): Series<LabelOf<K>, (typeof FOREIGN)[K]['kind']> {
  const row: ForeignRow = FOREIGN[key];
  return {
    promql: selector(row.name, '', matchers as Readonly<Record<string, MatcherValue>>),
    labels: [...row.labels, 'job', 'instance'] as LabelOf<K>[],
    kind: row.kind as (typeof FOREIGN)[K]['kind'],
  };
}
