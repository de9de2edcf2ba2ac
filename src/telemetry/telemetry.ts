import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import type { ExporterConfig, PushTimes } from '../config/exporter-type.ts';
import type { Config } from '../config/settings.ts';
import type { Figures } from '../contract/figures.ts';
import { Instruments } from '../contract/instruments.ts';
import { metricViews } from '../contract/views.ts';
import { messageOf, OperatorError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { ExportHealth } from './export-health.ts';
import type { Exporter, Scrape } from './exporters/exporter.ts';
import { EXPORTER_TYPES } from './exporters/index.ts';
import { figuresOf } from './figures-of.ts';
import { HistogramProducer } from './histogram-producer.ts';
import { METER } from './meter.ts';
import { named } from './named.ts';
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
  /** What can be asked for the metrics, each on its own path. */
  readonly scrapes: readonly Scrape[];
  /** Where pushes go. */
  readonly pushDestinations: readonly string[];
  /** Flushes and ends everything, but never takes longer than the deadline. True when all was flushed in time. */
  shutdown(deadlineMs: number): Promise<boolean>;
}

/**
 * Puts the meter provider, its views and the exporters together and starts them.
 *
 * One reader collects what is measured, for everybody who asks. With a reader for each, the SDK keeps what one has
 * collected for each of the others until that one asks too, 26 kB a time: a daemon that pushes every 5 s and that nobody
 * scrapes would grow by 450 MB a day. It also lets each exporter have its own names, and come and go by itself.
 */
export async function startTelemetry(init: TelemetryInit): Promise<Telemetry> {
  const { config, log } = init;
  listenToSdk(log);
  const histograms = new HistogramProducer();
  const reader = new PullReader({ metricProducers: [histograms, ...(init.producers ?? [])] });
  const measuring = new MeterProvider({
    views: metricViews('documented').map((view) => ({ ...view, meterName: METER.name })),
    readers: [reader],
  });
  const instruments = new Instruments(measuring.getMeter(METER.name, METER.version), histograms.store);
  const host = config.hostMetrics ? [await hostMetrics()] : [];
  const leaving: Leaving = {
    health: new ExportHealth(log, instruments),
    producers: [reader, init.perPeer, ...host],
    resource: telemetryResource({
      serviceName: config.serviceName,
      instanceId: init.peerId,
      attributes: config.resourceAttributes,
    }),
  };
  const running = await startAll(config.exporters, leaving);
  recordPushes(instruments, running);
  return {
    instruments,
    figures: async () => figuresOf(await reader.collect()),
    scrapes: running.flatMap(({ scrape }) => scrape ?? []),
    pushDestinations: running.flatMap(({ scrape, destination }) => (scrape === undefined ? destination : [])),
    shutdown: (deadlineMs) => within(deadlineMs, Promise.all(running.map((exporter) => exporter.stop()))),
  };
}

/** What all exporters share. */
interface Leaving {
  readonly health: ExportHealth;
  readonly producers: readonly MetricProducer[];
  readonly resource: Resource;
}

interface RunningExporter extends Pick<Exporter, 'destination' | 'scrape'> {
  readonly name: string;
  /** Of one that pushes. */
  readonly intervalMs: number | undefined;
  /** Pushes a last time, where it pushes. */
  stop(): Promise<void>;
}

/** So that whoever reads the metrics knows where else they should be, and how old they may be there. */
function recordPushes(instruments: Instruments, running: readonly RunningExporter[]): void {
  instruments.observe('telemetryPushInterval', (observe) => {
    for (const { name, destination, intervalMs } of running) {
      if (intervalMs !== undefined) observe(intervalMs / 1000, { exporter: name, destination });
    }
  });
}

/** Starts all, or none: when one cannot be had, those that could are ended again. */
async function startAll(configs: readonly ExporterConfig[], leaving: Leaving): Promise<RunningExporter[]> {
  const started = await Promise.allSettled(configs.map((config) => startExporter(config, leaving)));
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return running;
  await within(0, Promise.all(running.map((exporter) => exporter.stop())));
  throw failed.reason;
}

async function startExporter(
  config: ExporterConfig,
  { health, producers, resource }: Leaving,
): Promise<RunningExporter> {
  const { name, type, naming, options, push = NEVER } = config;
  const module = EXPORTER_TYPES[type];
  if (module === undefined) throw new Error(`no exporter of type ${type}`);
  const outcome = health.of(name, () => destination);
  const { reader, destination, scrape } = await module
    .create({ options, push, outcome, producers: producers.map((producer) => named(producer, naming)) })
    .catch((error) => {
      throw error instanceof OperatorError
        ? new OperatorError(error.kind, `exporters.${name}: ${error.message}`, { cause: error })
        : error;
    });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const intervalMs = config.push?.intervalMs;
  return { name, destination, intervalMs, ...(scrape && { scrape }), stop: () => provider.shutdown() };
}

/** For an exporter that is asked. */
const NEVER: PushTimes = { intervalMs: 0, timeoutMs: 0 };

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

async function within(deadlineMs: number, work: Promise<unknown>): Promise<boolean> {
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
