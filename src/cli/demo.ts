import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NO_FILE } from '../config/find-file.ts';
import { duration, integer } from '../config/parse.ts';
import { METRIC_ROWS } from '../contract/metrics.ts';
import { prometheusType } from '../contract/naming.ts';
import { loadConfig } from '../daemon/load-config.ts';
import { MAIN } from '../entries.ts';
import { EXIT, OperatorError } from '../errors.ts';
import { reportText } from '../swarm/report-text.ts';
import { MAX_SWARM_PEERS } from '../swarm/scenario-file.ts';
import { Swarm } from '../swarm/swarm.ts';
import { showProgress } from './progress.ts';
import { untilSignal } from './signals.ts';
import { option, swarmPlan } from './swarm.ts';

/** A server that cannot listen says so well before this. */
const START_DEADLINE_MS = 20_000;
/** One on this machine answers within a millisecond. */
const COLLECTOR_DEADLINE_MS = 500;
/** All peers dial within 2 s and a dial is given up after 10 s. */
const SETTLE_DEADLINE_MS = 30_000;

export interface DemoOptions {
  peers: string;
  duration: string;
  port: string;
  metricsPort: string;
}

/** A daemon in a process of its own: its figures must be about itself, not about the peers that visit it. */
interface Server {
  readonly process: ChildProcess;
  readonly address: string;
  readonly metricsUrl: string;
}

/** `peermeter demo`: a server, many peers, what it measured, and what to look at. Status 0 when every peer got in. */
export async function demo(options: DemoOptions): Promise<number> {
  const peers = option('--peers', options.peers, integer(1, MAX_SWARM_PEERS));
  const durationMs = option('--duration', options.duration, duration(0, 604_800_000));
  const signalled = untilSignal();
  const server = await startServer(options, peers);
  const swarm = new Swarm(swarmPlan({ dial: server.address, peers: options.peers }).plan);
  try {
    say(`server   ${server.address}`);
    await swarm.start();
    const hideProgress = showProgress(swarm, peers);
    await Promise.race([swarm.settled(), sleep(SETTLE_DEADLINE_MS, undefined, { ref: false }), signalled]);
    hideProgress();
    await sleep(1500);
    const { online } = swarm.progress;
    say(`peers    ${online} of ${peers} connected\n`);
    say(await measured(server.metricsUrl));
    say(nextSteps(server, durationMs));
    const timeUp = durationMs === 0 ? new Promise(() => {}) : sleep(durationMs, undefined, { ref: false });
    await Promise.race([signalled, timeUp, once(server.process, 'exit')]);
    say(reportText(await swarm.stop()).trimEnd());
    return online === peers ? EXIT.success : EXIT.fault;
  } finally {
    await stopServer(server);
  }
}

/** Starts `peermeter run` and reads from it where it listens. Its log lines are passed on. */
async function startServer(options: DemoOptions, peers: number): Promise<Server> {
  const limits = ['--max-peers', String(Math.max(100, peers)), '--max-connections', String(Math.max(200, 2 * peers))];
  const argv = ['run', '-p', options.port, '-m', options.metricsPort, '--log-level', 'warn', ...limits];
  const exporters =
    process.env.OTEL_METRICS_EXPORTER ?? ((await collectorAnswers()) ? 'otlp,prometheus' : 'prometheus');
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(MAIN), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // Ctrl-C is for the demo alone: it ends the peers before their server.
    detached: true,
    env: { ...process.env, OTEL_METRICS_EXPORTER: exporters, PEERMETER_CONFIG: NO_FILE },
  });
  const found = { address: '', metricsUrl: '' };
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  const lines = createInterface({ input: child.stdout ?? Readable.from([]), signal: deadline });
  for await (const line of lines) {
    found.address ||= /^Listening on (\S+)$/.exec(line)?.[1] ?? '';
    found.metricsUrl ||= /^Metrics on (\S+)$/.exec(line)?.[1] ?? '';
    if (found.address !== '' && found.metricsUrl !== '') return { process: child, ...found };
  }
  child.kill();
  // The server has said on standard error what kept it from starting.
  const status = child.exitCode ?? EXIT.fault;
  const kind = status === EXIT.usage ? 'usage' : status === EXIT.config ? 'config' : 'fault';
  throw new OperatorError(kind, 'the server of the demo did not start');
}

/** A Collector is not part of this show; where one listens, it gets the figures too. */
async function collectorAnswers(): Promise<boolean> {
  const { hostname, port, protocol } = new URL(await otlpEndpoint());
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(COLLECTOR_DEADLINE_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** As the server will have it. */
async function otlpEndpoint(): Promise<string> {
  const { config } = await loadConfig({ flags: { config: NO_FILE, exporters: 'otlp' }, env: process.env });
  return String(config.exporters[0]?.options.endpoint);
}

async function stopServer({ process: child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** The metrics as the live endpoint gives them: histograms by their count, of labelled ones what is not 0. */
async function measured(metricsUrl: string): Promise<string> {
  const exposition = await (await fetch(metricsUrl)).text();
  const samples = exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const lines = METRIC_ROWS.filter(({ source }) => source === 'record' || source === 'observe').flatMap((row) => {
    const shown = prometheusType(row) === 'histogram' ? `${row.name}_count` : row.name;
    const plain = samples.filter((line) => line.startsWith(`${shown} `));
    const labelled = samples.filter((line) => line.startsWith(`${shown}{`) && !line.endsWith(' 0'));
    return [...plain, ...labelled];
  });
  return `from ${metricsUrl}:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function nextSteps({ address, metricsUrl }: Server, durationMs: number): string {
  const end = durationMs === 0 ? 'at Ctrl-C' : `in ${durationMs / 1000} s, or at Ctrl-C`;
  return `next     curl -s ${metricsUrl} | grep libp2p_
         npx peermeter swarm -n 20 -d ${address}
         npm run stack   starts a Collector and a Prometheus for it
This demo ends ${end}.
`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
