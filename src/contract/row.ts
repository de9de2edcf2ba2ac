/**
 * One metric: what it is called in OpenTelemetry and in Prometheus, and what it means.
 *
 * Instruments, views, the reference in `docs/metrics.md` and the tests are derived from these rows or checked against
 * them. Nothing else in the project writes a metric name.
 */
export interface MetricRow {
  /** OpenTelemetry instrument name: the semantic conventions' where they have one, else under `libp2p.` */
  readonly instrument: string;
  /** The name Prometheus shows, exactly. */
  readonly name: string;
  readonly kind: 'counter' | 'updowncounter' | 'gauge' | 'histogram';
  /**
   * Who keeps the value: `record` adds to it as things happen, `observe` reads it when asked, `per-peer` comes from the
   * table of live peers and goes when the peer goes.
   */
  readonly source: 'record' | 'observe' | 'per-peer';
  /** UCUM unit; empty where the Prometheus name carries none, so that no exporter appends one. */
  readonly unit: '' | 's' | 'By' | '%';
  /** Labels and every value each can take; `null` where the values are bounded by the runtime, not listed. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in the row's unit. */
  readonly buckets?: readonly number[];
  /** Where the value exists; everywhere when absent. */
  readonly on?: 'linux';
}
