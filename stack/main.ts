import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenOrphaned } from '../src/cli/signals.ts';
import { ensureCollector, ensurePrometheus } from './build.ts';
import { describeExit, type ExitStatus, lastWords } from './child.ts';
import { type Collector, startCollector } from './collector.ts';
import { HELP, PORT_FLAGS, parseOptions, type StackOptions } from './options.ts';
import { claimPorts } from './ports.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { RETENTION, writeNativeConfig } from './prometheus-config.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const asked = endWhenAsked();
  try {
    return await runStack(options, asked);
  } catch (error) {
    if (asked.aborted) return 0;
    console.error(`stack: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

function readOptions(args: readonly string[]): StackOptions | number {
  try {
    const options = parseOptions(args);
    if (options !== 'help') return options;
    console.log(HELP);
    return 0;
  } catch (error) {
    console.error(`stack: ${(error as Error).message} (--help lists what there is)`);
    return 2;
  }
}

/** The first signal ends the programs in order; a second one ends this process at once, and they follow. */
function endWhenAsked(): AbortSignal {
  const asked = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => asked.abort());
  // npm puts a shell between itself and this script; a signal for npm ends that shell and never comes further.
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(() => asked.abort());
  return asked.signal;
}

async function runStack(options: StackOptions, signal: AbortSignal): Promise<number> {
  if (!options.buildOnly) await checkPorts(options);
  const log = (line: string) => console.log(line);
  const built = [await ensureCollector({ log, signal }), await ensurePrometheus({ log, signal })];
  if (options.buildOnly) {
    for (const path of built.flatMap((programs) => Object.values(programs))) console.log(path);
    return 0;
  }
  const collector = await startOwnCollector(options, signal);
  try {
    return await runBesideCollector(collector, options, signal);
  } finally {
    await collector.stop();
  }
}

async function runBesideCollector(collector: Collector, options: StackOptions, signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-stack-'));
  try {
    const config = await writeNativeConfig(folder, collector.ports);
    const prometheus = await startOwnPrometheus(config, options, signal);
    try {
      console.log(whatIsWhere(collector, prometheus, options));
      return await untilOver(collector, prometheus, signal);
    } finally {
      await prometheus.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Before anything is built: a port that is taken is known at once, a build takes minutes. */
async function checkPorts({ ports }: StackOptions): Promise<void> {
  const request = (name: keyof typeof ports, what: string) => ({ what, port: ports[name], flag: PORT_FLAGS[name] });
  await claimPorts({
    otlp: request('otlp', "the Collector's OTLP/HTTP receiver"),
    exporter: request('exporter', "the Collector's Prometheus exporter"),
    health: request('health', "the Collector's health check"),
    self: request('self', "the Collector's own metrics"),
    prometheus: request('prometheus', 'Prometheus'),
  });
}

function startOwnCollector({ ports, verbose }: StackOptions, signal: AbortSignal): Promise<Collector> {
  return startCollector({
    ports: { otlp: ports.otlp, prometheus: ports.exporter, health: ports.health, self: ports.self },
    portFlags: {
      otlp: PORT_FLAGS.otlp,
      prometheus: PORT_FLAGS.exporter,
      health: PORT_FLAGS.health,
      self: PORT_FLAGS.self,
    },
    ...(verbose ? { log: (line: string) => console.log(`collector   ${line}`) } : {}),
    signal,
  });
}

function startOwnPrometheus(config: string, options: StackOptions, signal: AbortSignal): Promise<Prometheus> {
  return startPrometheus({
    config,
    dataDir: options.dataDir,
    retention: RETENTION,
    port: options.ports.prometheus,
    portFlag: PORT_FLAGS.prometheus,
    // A page in a browser could otherwise have it end.
    reloadable: false,
    ...(options.verbose ? { log: (line: string) => console.log(`prometheus  ${line}`) } : {}),
    signal,
  });
}

async function untilOver(collector: Collector, prometheus: Prometheus, signal: AbortSignal): Promise<number> {
  const over = await Promise.race([
    aborted(signal),
    collector.exited.then((status) => lost('the OpenTelemetry Collector', status, collector, 'Prometheus')),
    prometheus.exited.then((status) => lost('Prometheus', status, prometheus, 'the Collector')),
  ]);
  if (over === 'asked') return 0;
  console.error(`stack: ${over}`);
  return 1;
}

function aborted(signal: AbortSignal): Promise<'asked'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('asked');
    signal.addEventListener('abort', () => resolve('asked'), { once: true });
  });
}

function lost(name: string, status: ExitStatus, part: Collector | Prometheus, other: string): string {
  return `${name} ${describeExit(status)}; ending ${other} too; ${lastWords(part)}`;
}

function whatIsWhere(collector: Collector, prometheus: Prometheus, { dataDir }: StackOptions): string {
  return `
The stack is up.

  OTLP/HTTP in         ${collector.otlpUrl}   daemons push here
  What was pushed      ${collector.metricsUrl}
  Collector: itself    ${collector.selfUrl}
  Collector: health    ${collector.healthUrl}
  Prometheus API       ${prometheus.url}   (this build has no web pages: docker compose has, and Grafana)
  Alerts               ${prometheus.url}/api/v1/alerts
  Process ids          Collector ${collector.pid}, Prometheus ${prometheus.pid}
  Data                 ${dataDir}   (kept for 7 days, 1 GB at most)

Next, in another terminal:

  ${whereToPush(collector)}npx peermeter demo
  curl -s '${prometheus.url}/api/v1/query?query=libp2p_concurrent_peers'

Ctrl-C ends both programs.`;
}

/** A daemon pushes to port 4318 unless it is told otherwise. */
function whereToPush({ ports, otlpUrl }: Collector): string {
  return ports.otlp === 4318 ? '' : `OTEL_EXPORTER_OTLP_ENDPOINT=${otlpUrl} `;
}
