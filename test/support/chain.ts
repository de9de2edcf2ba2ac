import { type Collector, startCollector } from '../../stack/collector.ts';
import { type Prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { type DaemonProcess, startDaemonProcess } from './daemon.ts';

/** Time between two pushes, and between two scrapes, in the tests. */
export const INTERVAL_MS = 1000;

/** A daemon that pushes to a real Collector and is scraped by a real Prometheus, which scrapes the Collector too. */
export interface Chain {
  readonly collector: Collector;
  readonly prometheus: Prometheus;
  readonly server: DaemonProcess;
  /** The environment that makes a daemon push to this Collector. */
  readonly pushing: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export async function startChain(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Chain> {
  const collector = await startCollector({ env: { OTELCOL_METRIC_EXPIRATION: `${2 * INTERVAL_MS}ms` } });
  const pushing = {
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.otlpUrl,
    OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
    ...env,
  };
  const server = await startDaemonProcess(argv, pushing);
  const prometheus = await startPrometheus({
    scrape: [
      { job: 'collector', url: collector.metricsUrl, honorLabels: true, intervalMs: INTERVAL_MS },
      { job: 'pull', url: server.metricsUrl, intervalMs: INTERVAL_MS },
    ],
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await prometheus.stop();
    await collector.stop();
  };
  return { collector, prometheus, server, pushing, stop };
}
