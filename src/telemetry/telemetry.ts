import { DiagLogLevel, diag } from '@opentelemetry/api';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/settings.ts';
import type { Figures } from '../contract/figures.ts';
import { Instruments } from '../contract/instruments.ts';
import { metricViews } from '../contract/views.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { ExportHealth } from './export-health.ts';
import type { Exporter } from './exporters/exporter.ts';
import { EXPORTER_FACTORIES } from './exporters/index.ts';
import { figuresOf } from './figures-of.ts';
import { HistogramProducer } from './histogram-producer.ts';
import { METER } from './meter.ts';
import { PullReader } from './pull-reader.ts';
import { telemetryResource } from './resource.ts';

export interface TelemetryInit {
  readonly config: Config;
  /** `service.instance.id`. */
  readonly peerId: string;
  readonly log: Logger;
  /** Sources of the daemon's own figures beside the instruments. @default none */
  readonly producers?: readonly MetricProducer[];
  /** The series of single peers, which only the exporters ask for. */
  readonly perPeer: MetricProducer;
}

/** The way out: instruments in, exporters at the end. */
export interface Telemetry {
  readonly instruments: Instruments;
  /** The metrics now, by the keys of the contract, without the series of single peers; whatever the exporters are. */
  readonly figures: () => Promise<Figures>;
  /** The metrics now, in the Prometheus text format; absent when that exporter is switched off. */
  readonly scrape: (() => Promise<string>) | undefined;
  /** Where pushes go; absent when nothing is pushed. */
  readonly pushDestination: string | undefined;
  /** Flushes and ends everything, but never takes longer than the deadline. True when all was flushed in time. */
  shutdown(deadlineMs: number): Promise<boolean>;
}

/**
 * Puts the meter provider, its views and its exporters together and starts them.
 *
 * One reader collects what is measured, for everybody who asks. With a reader for each, the SDK keeps what one has
 * collected for each of the others until that one asks too, 26 kB a time: a daemon that pushes every 5 s and that nobody
 * scrapes would grow by 450 MB a day.
 */
export async function startTelemetry(init: TelemetryInit): Promise<Telemetry> {
  const { config, log } = init;
  listenToSdk(log);
  const health = new ExportHealth(log);
  const histograms = new HistogramProducer(config.naming);
  const reader = new PullReader({ metricProducers: [histograms, ...(init.producers ?? [])] });
  const measuring = new MeterProvider({
    views: metricViews(config.naming).map((view) => ({ ...view, meterName: METER.name })),
    readers: [reader],
  });
  const instruments = new Instruments(measuring.getMeter(METER.name, METER.version), histograms.store);
  const host = config.hostMetrics ? [await hostMetrics()] : [];
  const producers = [reader, init.perPeer, ...host];
  const exporters: Exporter[] = await Promise.all(
    config.exporters.map((name) => EXPORTER_FACTORIES[name]({ config, producers, health })),
  );
  const leaving = new MeterProvider({
    resource: telemetryResource({
      serviceName: config.serviceName,
      instanceId: init.peerId,
      attributes: config.resourceAttributes,
    }),
    readers: exporters.map((exporter) => exporter.reader),
  });
  health.recordTo(instruments);
  recordPushes(instruments, exporters, config.exportIntervalMs);
  return {
    instruments,
    figures: async () => figuresOf(await reader.collect(), config.naming),
    scrape: exporters.find(({ scrape }) => scrape !== undefined)?.scrape,
    pushDestination: exporters.find(({ scrape }) => scrape === undefined)?.destination,
    shutdown: (deadlineMs) => within(deadlineMs, leaving.shutdown()),
  };
}

/** So that whoever reads the metrics knows where else they should be, and how old they may be there. */
function recordPushes(instruments: Instruments, exporters: readonly Exporter[], intervalMs: number): void {
  const pushing = exporters.find(({ scrape }) => scrape === undefined);
  if (pushing === undefined) return;
  const { destination } = pushing;
  instruments.observe('telemetryPushInterval', (observe) => observe(intervalMs / 1000, { destination }));
}

/** `@opentelemetry/host-metrics`, which measures the machine and forks a shell for each collection. */
async function hostMetrics(): Promise<MetricProducer> {
  const { HostMetrics } = await import('@opentelemetry/host-metrics');
  const reader = new PullReader();
  const meterProvider = new MeterProvider({ readers: [reader] });
  new HostMetrics({ meterProvider, metricGroups: ['system.cpu', 'system.memory', 'system.network'] }).start();
  return reader;
}

/**
 * The SDK says what it has to say through one global logger. Failed exports are told by `ExportHealth`, once; what else
 * goes wrong is told here, each thing once.
 */
export function listenToSdk(log: Logger): void {
  const said = new Set<string>();
  const once = (text: string): void => {
    if (said.has(text) || said.size > 100) return;
    said.add(text);
    log.warn('OpenTelemetry SDK', { detail: text });
  };
  const warn = (text: string, ...details: unknown[]): void => {
    const isFailedExport = /export/i.test(text) && !text.includes('collection errors');
    if (isFailedExport) log.debug(text);
    else once([text, ...details.map(messageOf)].join(': '));
  };
  const quiet = (text: string): void => log.debug(text);
  diag.setLogger(
    { error: warn, warn, info: quiet, debug: quiet, verbose: () => {} },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
}

async function within(deadlineMs: number, work: Promise<void>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), deadlineMs);
  const done = work.then(
    () => true,
    () => false,
  );
  const inTime = await Promise.race([done, late]);
  clearTimeout(timer);
  return inTime;
}
