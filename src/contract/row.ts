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
   * table of live peers and goes when the peer goes, `per-process` tells the processes of one daemon apart and exists only
   * when there are several.
   */
  readonly source: 'record' | 'observe' | 'per-peer' | 'per-process';
  /** UCUM unit; empty where the Prometheus name carries none, so that no exporter appends one. */
  readonly unit: '' | 's' | 'By' | '%';
  /** Labels and every value each can take; `null` where the values are bounded by the runtime, not listed. */
  readonly labels: Readonly<Record<string, readonly string[] | null>>;
  readonly help: string;
  /**
   * How the values that several processes of one daemon have become one: their sum, their largest, their mean; `whole`
   * where only what all of them know together gives the value (a ratio, a limit), `once` where one process alone has it.
   * Counters and histograms add up; each gauge says what it does.
   *
   * @default 'sum'
   */
  readonly across?: 'sum' | 'max' | 'mean' | 'whole' | 'once';
  /** Upper bounds of a histogram's buckets, in the row's unit. */
  readonly buckets?: readonly number[];
  /** Where the value exists; everywhere when absent. */
  readonly on?: 'linux';
}
