import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrometheus } from './build.ts';
import { type ExitStatus, startChild, untilReady } from './child.ts';
import { StackError } from './errors.ts';
import { claimPorts, LOOPBACK, retryIfOutrun } from './ports.ts';
import { createPrometheusClient, type PrometheusClient } from './prometheus-client.ts';
import { type ScrapeJob, scrapeConfig } from './prometheus-config.ts';

export { type PromtoolResult, promtool } from './promtool.ts';

const READY_TIMEOUT_MS = 20_000;

/** How to start a Prometheus. */
export interface PrometheusInit {
  /** What to scrape; not with `config`. @default [] */
  readonly scrape?: readonly ScrapeJob[];
  /** Rule files by absolute path, globs allowed; not with `config`. @default [] */
  readonly ruleFiles?: readonly string[];
  /** A configuration file to use as it is, in place of one made from `scrape` and `ruleFiles`. */
  readonly config?: string;
  /** Where data is kept. @default a temporary folder, removed by stop() */
  readonly dataDir?: string;
  /** How long data is kept, and how much of it; Prometheus' own notation. @default 15 days, no limit */
  readonly retention?: { readonly time?: string; readonly size?: string };
  /** Accept OTLP/HTTP at `otlpUrl`. @default false */
  readonly otlpReceiver?: boolean;
  /** Accept remote write at `remoteWriteUrl`. @default false */
  readonly remoteWriteReceiver?: boolean;
  /** Accept reload() (and Prometheus' HTTP call to quit). @default true */
  readonly reloadable?: boolean;
  /** Absent or 0 means any free one. */
  readonly port?: number;
  /** The command line flag that moves the port, for error messages. */
  readonly portFlag?: string;
  /** Receives every line Prometheus prints. */
  readonly log?: (line: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A running Prometheus, and what it can be asked. */
export interface Prometheus extends PrometheusClient {
  readonly url: string;
  /** Base of OTLP/HTTP, as in `OTEL_EXPORTER_OTLP_ENDPOINT`; answers only with `otlpReceiver`. */
  readonly otlpUrl: string;
  /** Answers only with `remoteWriteReceiver`. */
  readonly remoteWriteUrl: string;
  readonly pid: number;
  readonly port: number;
  /** Settles when it has ended, for whatever reason. */
  readonly exited: Promise<ExitStatus>;
  /** The last 200 lines of its output. */
  logTail(): string[];
  /**
   * Reads its configuration again; with jobs, from then on scrapes these instead.
   *
   * @throws StackError `query-failed` with Prometheus' own words when it refuses
   */
  reload(scrape?: readonly ScrapeJob[]): Promise<void>;
  /** SIGTERM, then SIGKILL after 5 s; removes the temporary folder. */
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus on 127.0.0.1, building it first when need be, and waits until it is ready.
 *
 * The first scrape of a target comes within about a second of the start; wait for `up`.
 *
 * @throws StackError `port-taken`, `start-failed` (with the end of its output; after 20 s at the latest), and what a
 *   build throws
 */
export async function startPrometheus(init: PrometheusInit = {}): Promise<Prometheus> {
  const programs = await ensurePrometheus({ signal: init.signal });
  const wanted = { what: 'Prometheus', port: init.port, flag: init.portFlag };
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-prometheus-'));
  try {
    return await retryIfOutrun([wanted], async () => {
      const { port } = await claimPorts({ port: wanted });
      return launch(programs.prometheus, port, folder, init);
    });
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

async function launch(program: string, port: number, folder: string, init: PrometheusInit): Promise<Prometheus> {
  const config = init.config ?? join(folder, 'prometheus.json');
  const writeConfig = async (scrape: readonly ScrapeJob[] = []) => {
    if (init.config === undefined) await writeFile(config, scrapeConfig(scrape, init.ruleFiles));
  };
  await writeConfig(init.scrape);

  const url = `http://${LOOPBACK}:${port}`;
  const dataDir = init.dataDir ?? join(folder, 'data');
  const child = await startChild({
    name: 'Prometheus',
    command: program,
    args: flags({ config, port, dataDir, init }),
    log: init.log,
  });
  const isReady = async () => (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  try {
    await untilReady(child, { isReady, timeoutMs: READY_TIMEOUT_MS, signal: init.signal });
  } catch (error) {
    throw isLocked(error) ? dataInUse(dataDir, error) : error;
  }

  return {
    ...createPrometheusClient(url),
    url,
    otlpUrl: `${url}/api/v1/otlp`,
    remoteWriteUrl: `${url}/api/v1/write`,
    pid: child.pid,
    port,
    exited: child.exited,
    logTail: child.logTail,
    reload: async (scrape) => {
      if (scrape !== undefined) await writeConfig(scrape);
      const answer = await fetch(`${url}/-/reload`, { method: 'POST' });
      if (!answer.ok) throw new StackError('query-failed', `Prometheus refused to reload: ${await answer.text()}`);
    },
    stop: async () => {
      await child.stop();
      await removeFolder(folder);
    },
  };
}

interface FlagsInit {
  readonly config: string;
  readonly port: number;
  readonly dataDir: string;
  readonly init: PrometheusInit;
}

function flags({ config, port, dataDir, init }: FlagsInit): string[] {
  const { retention = {}, otlpReceiver = false, remoteWriteReceiver = false, reloadable = true } = init;
  return [
    `--config.file=${config}`,
    `--web.listen-address=${LOOPBACK}:${port}`,
    `--storage.tsdb.path=${dataDir}`,
    // Targets are known from the start: without this the first scrape waits 5 s for more of them to be discovered.
    '--scrape.discovery-reload-interval=100ms',
    ...(retention.time === undefined ? [] : [`--storage.tsdb.retention.time=${retention.time}`]),
    ...(retention.size === undefined ? [] : [`--storage.tsdb.retention.size=${retention.size}`]),
    ...(otlpReceiver ? ['--web.enable-otlp-receiver'] : []),
    ...(remoteWriteReceiver ? ['--web.enable-remote-write-receiver'] : []),
    ...(reloadable ? ['--web.enable-lifecycle'] : []),
  ];
}

function isLocked(error: unknown): boolean {
  return error instanceof StackError && error.message.includes('lock DB directory');
}

function dataInUse(dataDir: string, cause: unknown): StackError {
  return new StackError('start-failed', `the data folder ${dataDir} is in use by another Prometheus`, { cause });
}

function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
