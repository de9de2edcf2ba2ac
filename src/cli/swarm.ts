import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsed } from '../config/load.ts';
import { duration, integer, type Parse } from '../config/parse.ts';
import { parseTargetAddress } from '../config/target.ts';
import { EXIT } from '../errors.ts';
import type { SwarmPlan } from '../swarm/plan.ts';
import { reportText } from '../swarm/report.ts';
import { Swarm } from '../swarm/swarm.ts';
import { showProgress } from './progress.ts';
import { untilSignal } from './signals.ts';

/** Full nodes cost about 5 ms of processor time each to connect: more than this many want another core. */
const PEERS_A_WORKER = 100;

export const MAX_SWARM_PEERS = 20_000;

/** What commander hands over: texts as they were typed. */
export interface SwarmOptions {
  dial: string;
  peers: string;
  ramp: string;
  duration?: string;
  pingInterval: string;
  workers?: string;
  reconnect: boolean;
  json?: boolean;
}

/** `peermeter swarm`: status 0 when at least one peer got in, 1 when none did. */
export async function swarm(options: SwarmOptions): Promise<number> {
  const plan = swarmPlan(options);
  const durationMs =
    options.duration === undefined ? undefined : option('--duration', options.duration, duration(100, 604_800_000));
  const signalled = untilSignal();
  const running = new Swarm(plan);
  running.start();
  const hideProgress = showProgress(running, plan.peers);
  const nobodyIn = running.settled().then(async ({ connected }) => (connected === 0 ? undefined : never()));
  const timeUp = durationMs === undefined ? never() : sleep(durationMs, undefined, { ref: false });
  await Promise.race([signalled, timeUp, nobodyIn]);
  const report = await running.stop();
  hideProgress();
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
  return report.connected > 0 ? EXIT.success : EXIT.fault;
}

/** Reads the options. Throws an OperatorError (`usage`) that names the one it cannot read. */
export function swarmPlan(options: Omit<SwarmOptions, 'duration' | 'json'>): SwarmPlan {
  const peers = option('--peers', options.peers, integer(1, MAX_SWARM_PEERS));
  const byDefault = Math.min(availableParallelism(), Math.ceil(peers / PEERS_A_WORKER));
  return {
    peers,
    target: option('--dial', options.dial, parseTargetAddress).address,
    rampMs: option('--ramp', options.ramp, duration(0, 3_600_000)),
    pingIntervalMs: option('--ping-interval', options.pingInterval, duration(10, 100_000)),
    reconnect: options.reconnect,
    workers: options.workers === undefined ? byDefault : option('--workers', options.workers, integer(1, 256)),
  };
}

/** Reads one option with the parser of a setting. */
export function option<T>(name: string, text: string, parse: Parse<T>): T {
  return parsed(parse, text, name, 'usage');
}

function never(): Promise<undefined> {
  return new Promise(() => {});
}
