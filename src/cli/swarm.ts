import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parsed } from '../config/load.ts';
import { duration, integer, type Parse } from '../config/parse.ts';
import { parseTargetAddress } from '../config/target.ts';
import { EXIT, messageOf, OperatorError } from '../errors.ts';
import type { SwarmPlan } from '../swarm/plan.ts';
import type { SwarmReport } from '../swarm/report.ts';
import { reportText } from '../swarm/report-text.ts';
import { mostPeers, plainScenario, type Scenario, stretched, withRamp } from '../swarm/scenario.ts';
import {
  loadScenario,
  MAX_SWARM_PEERS,
  pingInterval,
  ramp,
  type ScenarioFile,
  thresholdList,
} from '../swarm/scenario-file.ts';
import { Swarm } from '../swarm/swarm.ts';
import { showProgress } from './progress.ts';
import { untilSignal } from './signals.ts';

/** So many peers want another core: a light one costs 4 to 6 ms of processor time to connect, a full node 7 to 9. */
const LIGHT_PEERS_A_WORKER = 500;
const FULL_NODES_A_WORKER = 100;

const DEFAULT_PEERS = 50;
const DEFAULT_RAMP_MS = 2000;
const DEFAULT_PING_INTERVAL_MS = 1000;
const PING_TIMEOUT_MS = 5000;

/** What commander hands over: texts as they were typed. */
export interface SwarmOptions {
  dial: string;
  scenario?: string;
  peers?: string;
  ramp?: string;
  duration?: string;
  pingInterval?: string;
  workers?: string;
  fullNodes?: boolean;
  reconnect?: boolean;
  require?: string;
  json?: boolean;
  html?: string;
}

/** `peermeter swarm`: status 0 when at least one peer got in and every threshold held, 1 otherwise. */
export async function swarm(options: SwarmOptions): Promise<number> {
  const { plan, thresholds } = swarmPlan(options);
  const page = options.html === undefined ? undefined : await openPage(options.html);
  const signalled = untilSignal();
  const running = new Swarm(plan);
  await running.start();
  const hideProgress = showProgress(running, mostPeers(plan.scenario));
  const nobodyIn = running.settled().then(async ({ connected }) => (connected === 0 ? undefined : never()));
  await Promise.race([signalled, running.finished(), nobodyIn]);
  const report = await running.stop(thresholds);
  hideProgress();
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
  if (page !== undefined) await writePage(page, report);
  return report.connected > 0 && report.thresholds.every(({ held }) => held) ? EXIT.success : EXIT.fault;
}

/** A plan, and what its run is to be held to. */
export interface HeldPlan {
  readonly plan: SwarmPlan;
  readonly thresholds: ScenarioFile['thresholds'];
}

/** Reads the options. Throws an OperatorError (`usage`) that names the one it cannot read. */
export function swarmPlan(options: Omit<SwarmOptions, 'json' | 'html'>): HeldPlan {
  const { scenario, thresholds } = scenarioOf(options);
  const fullNodes = options.fullNodes === true;
  if (fullNodes && scenario.phases.some(({ freeze }) => freeze !== undefined)) {
    throw new OperatorError(
      'usage',
      'full nodes cannot be frozen: leave out --full-nodes, or the freeze of the scenario',
    );
  }
  const peersAWorker = fullNodes ? FULL_NODES_A_WORKER : LIGHT_PEERS_A_WORKER;
  const byDefault = Math.min(availableParallelism(), Math.ceil(mostPeers(scenario) / peersAWorker));
  const plan = {
    target: option('--dial', options.dial, parseTargetAddress).address,
    scenario,
    fullNodes,
    reconnect: options.reconnect !== false,
    pingTimeoutMs: PING_TIMEOUT_MS,
    workers: optional('--workers', options.workers, integer(1, 256)) ?? byDefault,
  };
  return { plan, thresholds: optional('--require', options.require, thresholdList) ?? thresholds };
}

/** What the flags say goes before what the scenario says. */
function scenarioOf(options: SwarmOptions): ScenarioFile {
  const peers = optional('--peers', options.peers, integer(1, MAX_SWARM_PEERS));
  const rampMs = optional('--ramp', options.ramp, ramp);
  const pingIntervalMs = optional('--ping-interval', options.pingInterval, pingInterval);
  const durationMs = optional('--duration', options.duration, duration(100, 604_800_000));
  if (options.scenario === undefined) {
    const scenario = plainScenario({
      peers: peers ?? DEFAULT_PEERS,
      rampMs: rampMs ?? DEFAULT_RAMP_MS,
      pingIntervalMs: pingIntervalMs ?? DEFAULT_PING_INTERVAL_MS,
      durationMs: durationMs ?? Number.POSITIVE_INFINITY,
    });
    return { scenario, thresholds: [] };
  }
  const { scenario: written, thresholds } = loadScenario(options.scenario, { peers, pingIntervalMs });
  const scenario = durationMs === undefined ? written : stretched(written, durationMs);
  return { scenario: rampMs === undefined ? scenario : checkedRamp(scenario, rampMs), thresholds };
}

function checkedRamp(scenario: Scenario, rampMs: number): Scenario {
  const firstMs = scenario.phases[0]?.durationMs ?? 0;
  if (rampMs <= firstMs) return withRamp(scenario, rampMs);
  throw new OperatorError(
    'usage',
    `--ramp is longer than the first phase of the scenario, which takes ${firstMs / 1000} s`,
  );
}

/** Reads one option with the parser of a setting. */
export function option<T>(name: string, text: string, parse: Parse<T>): T {
  return parsed(parse, text, name, 'usage');
}

function optional<T>(name: string, text: string | undefined, parse: Parse<T>): T | undefined {
  return text === undefined ? undefined : option(name, text, parse);
}

/** Opened before the run: a page that cannot be written is not found out at its end. */
async function openPage(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'w');
  } catch (error) {
    throw new OperatorError('config', `--html ${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

async function writePage(page: FileHandle, report: SwarmReport): Promise<void> {
  const { reportHtml } = await import('../swarm/report-html.ts');
  await page.writeFile(reportHtml(report));
  await page.close();
}

function never(): Promise<undefined> {
  return new Promise(() => {});
}
