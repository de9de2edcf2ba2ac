import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Child, startChild, untilReady } from '../stack/child.ts';
import { onCore } from './cores.ts';
import type { GoPrograms } from './go-programs.ts';

const START_TIMEOUT_MS = 20_000;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PEERMETER = here('../dist/main.js');

/** Every server that can be measured, ours first. */
export const SERVER_NAMES = ['peermeter', 'peermeter-off', 'js-libp2p', 'go-libp2p', 'raw-echo'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** A server that listens. */
export interface Server {
  readonly name: ServerName;
  /** What the client dials: a multiaddr with a peer id; host:port for the raw echo. */
  readonly target: string;
  readonly pid: number;
  /** Resident memory in bytes, after what is not in use was given back. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

interface Recipe {
  readonly command: (go: GoPrograms) => string[];
  readonly env?: Readonly<Record<string, string>>;
}

const JAVASCRIPT = [process.execPath, '--expose-gc', '--import', here('servers/collect-on-signal.ts')];

/** Defaults but for the limits, and for our own pings: 100 s apart, so that it is the client that pings. */
const runPeermeter = (): string[] => {
  const limits = ['--max-peers', '100000', '--max-connections', '100000'];
  return [...JAVASCRIPT, PEERMETER, 'run', '-p', '0', '-m', '0', ...limits, '--ping-interval', '100s'];
};

const RECIPES: Record<ServerName, Recipe> = {
  peermeter: { command: runPeermeter, env: { OTEL_METRICS_EXPORTER: 'prometheus' } },
  'peermeter-off': { command: runPeermeter, env: { OTEL_METRICS_EXPORTER: 'none' } },
  'js-libp2p': { command: () => [...JAVASCRIPT, here('servers/stock-js-libp2p.ts')] },
  'go-libp2p': { command: (go) => [go.server] },
  'raw-echo': { command: (go) => [go.server, '-raw'] },
};

/** How to start a server. */
export interface ServerInit {
  readonly go: GoPrograms;
  /** The core it is held to. @default any */
  readonly core?: number | undefined;
  /** Asks a server that has metrics for them this often, as a Prometheus would. */
  readonly scrapeEveryMs: number;
}

/** Says what is missing before anything is measured. */
export function requirePeermeter(names: readonly ServerName[]): void {
  const wanted = names.some((name) => name.startsWith('peermeter'));
  if (wanted && !existsSync(PEERMETER)) throw new Error(`there is no ${PEERMETER}: run \`npm run build\` first`);
}

/**
 * Starts a server and waits until it listens.
 *
 * @throws StackError `start-failed` with the end of its output
 */
export async function startServer(name: ServerName, { go, core, scrapeEveryMs }: ServerInit): Promise<Server> {
  const { command, env = {} } = RECIPES[name];
  const [program, ...args] = onCore(core, command(go));
  let target: string | undefined;
  let metrics: string | undefined;
  const log = (line: string) => {
    target ??= /^Listening on (\S+)/.exec(line)?.[1];
    metrics ??= /^Metrics on (\S+)/.exec(line)?.[1];
  };
  const child = await startChild({ name, command: program, args, env: { ...plainEnvironment(), ...env }, log });
  await untilReady(child, { isReady: async () => target !== undefined, timeoutMs: START_TIMEOUT_MS });
  const scraper = setInterval(() => metrics && void scrape(metrics), scrapeEveryMs);
  const stop = (): Promise<void> => {
    clearInterval(scraper);
    return child.stop();
  };
  return { name, target: target ?? '', pid: child.pid, memory: () => settledMemory(child), stop };
}

/** A scrape that fails is the server's affair: one that is too busy to answer is being measured. */
async function scrape(url: string): Promise<void> {
  await fetch(url, { signal: AbortSignal.timeout(5_000) })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}

async function settledMemory(child: Child): Promise<number> {
  for (let i = 0; i < 2; i++) {
    process.kill(child.pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** What the caller has set for its own telemetry and Node is not to decide what is measured. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|PEERMETER_|NODE_OPTIONS)/.test(name)),
  );
}
