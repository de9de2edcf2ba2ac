import { parseArgs } from 'node:util';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.ts';
import { SERVER_NAMES, type ServerName } from './servers.ts';

/** What the command line may say. */
export interface BenchOptions {
  /** @default 5 */
  readonly rounds: number;
  /** Length of one measurement. @default 5 */
  readonly seconds: number;
  /** After this long nothing new is begun. @default 60 */
  readonly maxMinutes: number;
  readonly scenarios: readonly ScenarioName[];
  readonly servers: readonly ServerName[];
  /** Where the samples and figures go as JSON. @default nowhere */
  readonly json: string | undefined;
}

export const USAGE = `Usage: npm run bench -- [options]

  --rounds N        rounds, each with every scenario and every server (default 5)
  --seconds N       length of one measurement; steady load takes twice that (default 5)
  --max-minutes N   begin nothing new after this long (default 60)
  --scenario NAME   only this one; may be given many times: ${SCENARIO_NAMES.join(', ')}
  --server NAME     only this one; may be given many times: ${SERVER_NAMES.join(', ')}
  --json FILE       write every sample and figure there
  --help`;

/**
 * Reads the command line; `undefined` when help was asked for.
 *
 * @throws Error saying which option cannot be what it is
 */
export function readOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      'max-minutes': { type: 'string', default: '60' },
      scenario: { type: 'string', multiple: true },
      server: { type: 'string', multiple: true },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  return {
    rounds: whole('--rounds', values.rounds, 1, 100),
    seconds: whole('--seconds', values.seconds, 1, 60),
    maxMinutes: whole('--max-minutes', values['max-minutes'], 1, 600),
    scenarios: chosen('--scenario', values.scenario, SCENARIO_NAMES),
    servers: chosen('--server', values.server, SERVER_NAMES),
    json: values.json,
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${option} must be a whole number from ${least} to ${most}, not "${text}"`);
}

function chosen<T extends string>(option: string, wanted: readonly string[] | undefined, all: readonly T[]): T[] {
  const stranger = wanted?.find((name) => !all.includes(name as T));
  if (stranger !== undefined) throw new Error(`${option} must be one of ${all.join(', ')}, not "${stranger}"`);
  return all.filter((name) => wanted?.includes(name) ?? true);
}
