import { readFileSync } from 'node:fs';
import { duration, integer, listOf, type Parse, text } from '../config/parse.ts';
import { YamlValue } from '../config/yaml.ts';
import { SWARM_SCENARIOS } from '../entries.ts';
import { messageOf, OperatorError } from '../errors.ts';
import type { Flap, Freeze, Phase, Scenario } from './scenario.ts';
import { parseThreshold, type Threshold } from './thresholds.ts';

/** The most peers a swarm has: enough for a server, few enough for the ports of one address (about 28,000). */
export const MAX_SWARM_PEERS = 20_000;
const MAX_PHASES = 100;
const DEFAULT_PEERS = 50;
const DEFAULT_PING_INTERVAL_MS = 1000;

/** The scenarios that come with the program. */
export const SCENARIOS = ['ramp', 'steady', 'churn', 'stampede', 'freeze', 'flap', 'mixed'] as const;

const FILE_KEYS = ['name', 'peers', 'ping-interval', 'phases', 'thresholds'] as const;
const PHASE_KEYS = ['name', 'duration', 'peers', 'ramp', 'ping-interval', 'churn', 'freeze', 'flap'] as const;

export const pingInterval: Parse<number> = duration(10, 100_000);
export const ramp: Parse<number> = duration(0, 3_600_000);
const phaseDuration = duration(100, 604_800_000);
const time = duration(10, 3_600_000);

/** What the command line says besides, and instead. */
export interface ScenarioOverrides {
  readonly peers?: number | undefined;
  readonly pingIntervalMs?: number | undefined;
}

/** A scenario, and what a run of it is to be held to. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly thresholds: readonly Threshold[];
}

/**
 * Reads a scenario: the name of one that comes with the program, or a file.
 *
 * Throws an OperatorError: `usage` for a name that is neither, `config` for what is wrong in a file, with its line.
 */
export function loadScenario(nameOrFile: string, overrides: ScenarioOverrides): ScenarioFile {
  const builtIn = SCENARIOS.find((name) => name === nameOrFile);
  const file = builtIn === undefined ? nameOrFile : new URL(`${builtIn}.yml`, SWARM_SCENARIOS);
  return parseScenario(readText(file, nameOrFile), nameOrFile, overrides);
}

function readText(file: string | URL, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
    const names = SCENARIOS.join(', ');
    throw new OperatorError(
      'usage',
      `--scenario is ${JSON.stringify(name)}, but must be one of ${names}, or a file (${reason})`,
    );
  }
}

/** Reads the text of a scenario file. */
export function parseScenario(yaml: string, file: string, overrides: ScenarioOverrides = {}): ScenarioFile {
  const fields = YamlValue.parse(yaml, file).fields(FILE_KEYS);
  const peers = overrides.peers ?? fields.peers?.scalar(integer(1, MAX_SWARM_PEERS)) ?? DEFAULT_PEERS;
  const pingIntervalMs =
    overrides.pingIntervalMs ?? fields['ping-interval']?.scalar(pingInterval) ?? DEFAULT_PING_INTERVAL_MS;
  const defaults = { peers, pingIntervalMs, overrides };
  const list = fields.phases?.items() ?? [];
  if (list.length === 0 || list.length > MAX_PHASES) throw noPhases(file, fields.phases);
  const phases: Phase[] = [];
  for (const value of list) phases.push(readPhase(value, phases.at(-1), defaults));
  const thresholds = fields.thresholds?.items().map((item) => item.scalar(parseThreshold)) ?? [];
  return { scenario: { name: fields.name?.scalar(text) ?? file, phases }, thresholds };
}

function noPhases(file: string, phases: YamlValue | undefined): OperatorError {
  const what = `must have 1 to ${MAX_PHASES} phases`;
  return phases === undefined ? new OperatorError('config', `${file}:1: the file ${what}`) : phases.fail(what);
}

interface Defaults {
  readonly peers: number;
  readonly pingIntervalMs: number;
  readonly overrides: ScenarioOverrides;
}

/** What a phase does not say is as in the file's head; its peers are those of the phase before. */
function readPhase(value: YamlValue, before: Phase | undefined, defaults: Defaults): Phase {
  const { overrides } = defaults;
  const fields = value.fields(PHASE_KEYS);
  const durationMs = fields.duration?.scalar(phaseDuration) ?? value.fail('must have a duration');
  const peers = fields.peers?.scalar(amount(1, MAX_SWARM_PEERS))(defaults.peers) ?? before?.peers ?? defaults.peers;
  if (peers > MAX_SWARM_PEERS) fields.peers?.fail(`comes to ${peers}, but must be ${MAX_SWARM_PEERS} at most`);
  const rampMs = fields.ramp?.scalar(ramp) ?? 0;
  if (rampMs > durationMs) fields.ramp?.fail('is longer than the duration of its phase');
  const freeze = fields.freeze === undefined ? undefined : readFreeze(fields.freeze);
  const flap = fields.flap === undefined ? undefined : readFlap(fields.flap);
  return {
    name: fields.name?.scalar(text) ?? value.key,
    durationMs,
    peers,
    rampMs,
    pingIntervalMs:
      overrides.pingIntervalMs ?? fields['ping-interval']?.scalar(pingInterval) ?? defaults.pingIntervalMs,
    churnPerSecond: fields.churn?.scalar(amount(0, MAX_SWARM_PEERS, 'exact'))(peers) ?? 0,
    ...(freeze === undefined ? {} : { freeze }),
    ...(flap === undefined ? {} : { flap }),
  };
}

function readFreeze(value: YamlValue): Freeze {
  const fields = value.fields(['share', 'for', 'every']);
  const forMs = fields.for?.scalar(time) ?? value.fail('must say how long: for');
  const everyMs = fields.every?.scalar(time) ?? value.fail('must say how often: every');
  if (everyMs < forMs) fields.every?.fail('must be at least as long as for');
  return { share: fields.share?.scalar(share) ?? value.fail('must say how many: share'), forMs, everyMs };
}

function readFlap(value: YamlValue): Flap {
  const fields = value.fields(['share', 'down', 'every']);
  const downMs = fields.down?.scalar(time) ?? value.fail('must say how long: down');
  const everyMs = fields.every?.scalar(time) ?? value.fail('must say how often: every');
  if (everyMs < downMs) fields.every?.fail('must be at least as long as down');
  return { share: fields.share?.scalar(share) ?? value.fail('must say how many: share'), downMs, everyMs };
}

/** `10%`, as a part of 1. */
const share: Parse<number> = (written) => {
  const percent = /^\d+(\.\d+)?%$/.test(written.trim()) ? Number.parseFloat(written) : Number.NaN;
  if (!(percent > 0 && percent <= 100)) throw new Error('a share of the peers above 0% and up to 100%');
  return percent / 100;
};

/** A number, or a share of the peers: `100`, `50%`. The result says how many that is of a whole. */
function amount(min: number, max: number, rounding?: 'exact'): Parse<(whole: number) => number> {
  return (written) => {
    const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(written.trim());
    const value = match === null ? Number.NaN : Number(match[1]);
    const percent = match?.[2] === '%';
    const fits = percent
      ? value <= 100 * max
      : value >= min && value <= max && (rounding === 'exact' || value % 1 === 0);
    if (!fits) throw new Error(`a number from ${min} to ${max}, or a share such as 50%`);
    const exact = (whole: number): number => (percent ? (whole * value) / 100 : value);
    // A share of few is still somebody.
    return rounding === 'exact' ? exact : (whole) => Math.max(1, Math.round(exact(whole)));
  };
}

/** Thresholds as one text of the command line: `rtt.p99<50ms,disconnects=0`. */
export const thresholdList: Parse<readonly Threshold[]> = listOf(parseThreshold);
