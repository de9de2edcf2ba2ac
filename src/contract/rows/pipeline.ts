import type { MetricRow } from '../row.ts';
import { EXPORT_RESULTS } from '../vocabulary.ts';

/** A push to a Collector on the same host takes 2–12 ms, a scrape of 50 peers about 5 ms. */
const EXPORT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/**
 * The label `exporter` is the name that the configuration gives it, not its type: of two OTLP exporters, whoever looks
 * must see which one fails. The configuration bounds it (`MOST_EXPORTERS`).
 */
export const PIPELINE_METRICS = {
  telemetryExports: {
    instrument: 'libp2p.telemetry.exports',
    name: 'libp2p_telemetry_exports_total',
    kind: 'counter',
    source: 'record',
    unit: '',
    labels: { exporter: null, result: EXPORT_RESULTS },
    across: 'once',
    help: 'Times telemetry was pushed or scraped, by the name of the exporter in the configuration.',
  },
  telemetryExportDuration: {
    instrument: 'libp2p.telemetry.export.duration',
    name: 'libp2p_telemetry_export_duration_seconds',
    kind: 'histogram',
    source: 'record',
    unit: 's',
    labels: { exporter: null },
    across: 'once',
    buckets: EXPORT_BUCKETS,
    help: 'Time one push or scrape took, retries included.',
  },
  telemetryLastSuccess: {
    instrument: 'libp2p.telemetry.last_success',
    name: 'libp2p_telemetry_last_success_timestamp_seconds',
    kind: 'gauge',
    source: 'observe',
    unit: 's',
    labels: { exporter: null },
    across: 'once',
    help: 'When telemetry last left this way (Unix time); absent until it has.',
  },
  telemetryPushInterval: {
    instrument: 'libp2p.telemetry.push.interval',
    name: 'libp2p_telemetry_push_interval_seconds',
    kind: 'gauge',
    source: 'observe',
    unit: 's',
    labels: { exporter: null, destination: null },
    across: 'once',
    help: 'Time between two pushes, by exporter and where it sends them; absent when nothing is pushed.',
  },
  buildInfo: {
    instrument: 'libp2p.build.info',
    name: 'libp2p_build_info',
    kind: 'gauge',
    source: 'observe',
    unit: '',
    labels: { version: null, node_version: null, platform: null },
    across: 'once',
    help: 'Always 1; the labels say what is running.',
  },
} as const satisfies Record<string, MetricRow>;
