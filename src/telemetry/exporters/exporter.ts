import type { IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Config } from '../../config/settings.ts';
import type { ExportHealth } from '../export-health.ts';

/** What an exporter is made from. */
export interface ExporterInit {
  readonly config: Config;
  /** Where all of its metrics come from. */
  readonly producers: MetricProducer[];
  readonly health: ExportHealth;
}

/** One way out for the telemetry. */
export interface Exporter {
  readonly reader: IMetricReader;
  /** Where it goes, for people. */
  readonly destination: string;
  /** For an exporter that is asked: the metrics now, in the Prometheus text format. */
  readonly scrape?: () => Promise<string>;
}
