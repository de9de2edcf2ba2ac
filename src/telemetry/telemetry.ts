import { DiagLogLevel, diag } from '@opentelemetry/api';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/settings.ts';
import { Instruments } from '../contract/instruments.ts';
import { metricViews } from '../contract/views.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { ExportHealth } from './export-health.ts';
import type { Exporter } from './exporters/exporter.ts';
import { EXPORTER_FACTORIES } from './exporters/index.ts';
import { HistogramProducer } from './histogram-producer.ts';
import { METER } from './meter.ts';
import { telemetryResource } from './resource.ts';

export interface TelemetryInit {
  readonly config: Config;
  /** `service.instance.id`. */
  readonly peerId: string;
  readonly log: Logger;
  /** Sources of metrics beside the instruments. */
  readonly producers: MetricProducer[];
}

/** The way out: instruments in, exporters at the end. */
export interface Telemetry {
  readonly instruments: Instruments;
  /** The metrics now, in the Prometheus text format; absent when that exporter is switched off. */
  readonly scrape: (() => Promise<string>) | undefined;
  /** Where pushes go; absent when nothing is pushed. */
  readonly pushDestination: string | undefined;
  /** Flushes and ends everything, but never takes longer than the deadline. True when all was flushed in time. */
  shutdown(deadlineMs: number): Promise<boolean>;
}

/** Puts the meter provider, its views and its exporters together and starts them. */
export async function startTelemetry(init: TelemetryInit): Promise<Telemetry> {
  const { config, log } = init;
  listenToSdk(log);
  const health = new ExportHealth(log);
  const histograms = new HistogramProducer(config.naming);
  const producers = [histograms, ...init.producers];
  const exporters: Exporter[] = await Promise.all(
    config.exporters.map((name) => EXPORTER_FACTORIES[name]({ config, producers, health })),
  );
  const provider = new MeterProvider({
    resource: telemetryResource({
      serviceName: config.serviceName,
      instanceId: init.peerId,
      attributes: config.resourceAttributes,
    }),
    views: metricViews(config.naming).map((view) => ({ ...view, meterName: METER.name })),
    readers: exporters.map(({ reader }) => reader),
  });
  const instruments = new Instruments(provider.getMeter(METER.name, METER.version), histograms.store);
  health.recordTo(instruments);
  recordPushes(instruments, exporters, config.exportIntervalMs);
  if (config.hostMetrics) await startHostMetrics(provider);
  return {
    instruments,
    scrape: exporters.find(({ scrape }) => scrape !== undefined)?.scrape,
    pushDestination: exporters.find(({ scrape }) => scrape === undefined)?.destination,
    shutdown: (deadlineMs) => within(deadlineMs, provider.shutdown()),
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
async function startHostMetrics(meterProvider: MeterProvider): Promise<void> {
  const { HostMetrics } = await import('@opentelemetry/host-metrics');
  new HostMetrics({ meterProvider, metricGroups: ['system.cpu', 'system.memory', 'system.network'] }).start();
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
