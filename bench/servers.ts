import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, untilReady } from '../stack/child.ts';
import { type CpuList, onCore } from './cores.ts';
import { residentBytes, withChildren } from './processes.ts';
import type { Programs } from './programs/all.ts';
import { PEERMETER, RECIPES, type Recipe, type ServerName } from './recipes.ts';

const START_TIMEOUT_MS = 20_000;

/** A server that listens. */
export interface Server {
  readonly name: ServerName;
  /** What the client dials: a multiaddr with a peer id; host:port for the raw echo. */
  readonly target: string;
  /** Where its metrics are, when it has any. */
  readonly metrics: string | undefined;
  readonly pid: number;
  /** Resident memory in bytes, after what is not in use was given back. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** How to start a server. */
export interface ServerInit {
  readonly programs: Programs;
  /** The core it is held to. @default any */
  readonly core?: CpuList | undefined;
  /** Asks a server that has metrics for them this often, as a Prometheus would. @default never */
  readonly scrapeEveryMs?: number | undefined;
  /** What its command line has besides. @default nothing */
  readonly args?: readonly string[];
  /** What its environment has besides. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
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
export async function startServer(name: ServerName, init: ServerInit): Promise<Server> {
  const recipe: Recipe = RECIPES[name];
  const [command, ...args] = onCore(init.core, [...recipe.command(init.programs), ...(init.args ?? [])]);
  let target: string | undefined;
  let metrics: string | undefined;
  const log = (line: string) => {
    target ??= /^Listening on (\S+)/.exec(line)?.[1];
    metrics ??= /^Metrics on (\S+)/.exec(line)?.[1];
  };
  const env = { ...plainEnvironment(), ...recipe.env, ...init.env };
  const child = await startChild({ name, command, args, env, log });
  await untilReady(child, { isReady: async () => target !== undefined, timeoutMs: START_TIMEOUT_MS });
  const scraper = init.scrapeEveryMs && setInterval(() => metrics && void scrape(metrics), init.scrapeEveryMs);
  return {
    name,
    target: target ?? '',
    get metrics() {
      return metrics;
    },
    pid: child.pid,
    memory: () => settledMemory(child.pid),
    stop: () => {
      clearInterval(scraper);
      return child.stop();
    },
  };
}

/** A scrape that fails is the server's affair: one that is too busy to answer is being measured. */
async function scrape(url: string): Promise<void> {
  await fetch(url, { signal: AbortSignal.timeout(5_000) })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}

async function settledMemory(pid: number): Promise<number> {
  for (let i = 0; i < 2; i++) {
    for (const each of await withChildren(pid)) process.kill(each, 'SIGUSR2');
    await delay(700);
  }
  return residentBytes(pid);
}

/** What the caller has set for its own telemetry and Node is not to decide what is measured. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL_|PEERMETER_|NODE_OPTIONS)/.test(name)),
  );
}
