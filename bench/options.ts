import { parseArgs } from 'node:util';
import { SERVER_NAMES, type ServerName } from './recipes.ts';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.ts';

/** What the command line may say. */
export interface BenchOptions {
  /** @default 5 */
  readonly rounds: number;
  /** Length of one measurement. @default 5, for a check 2 */
  readonly seconds: number;
  /** How long hold-10000 holds. @default 10 */
  readonly holdMinutes: number;
  /** After this long nothing new is begun. @default 600 */
  readonly maxMinutes: number;
  /** No scenario has more peers than this. @default Infinity */
  readonly mostPeers: number;
  readonly scenarios: readonly ScenarioName[];
  readonly servers: readonly ServerName[];
  /** Where the samples go as JSON. @default nowhere */
  readonly json: string | undefined;
  /** What becomes of the samples besides. @default print */
  readonly purpose: 'print' | 'record' | 'report' | 'check';
}

export const USAGE = `Usage: npm run bench -- [options]

  --rounds N        rounds, each with every scenario and every server (default 5)
  --seconds N       length of one measurement; steady load takes twice that (default 5, for --check 2)
  --hold-minutes N  how long hold-10000 holds; may be a fraction (default 10)
  --max-minutes N   begin nothing new after this long (default 600)
  --peers N         no scenario has more peers than this: a look at the bench itself, never recorded
  --scenario NAME   only this one; may be given many times: ${SCENARIO_NAMES.join(', ')}
  --server NAME     only this one; may be given many times: ${SERVER_NAMES.join(', ')}
  --json FILE       write every sample there
  --record          put the samples into bench/results.json in place of those of the same scenarios, and write
                    docs/performance.md and docs/performance.svg from all that is recorded
  --report          write those two from what is recorded, without measuring
  --check           measure a short selection, compare its ratios with the recorded ones; status 1 on a regression
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
      seconds: { type: 'string' },
      'hold-minutes': { type: 'string', default: '10' },
      'max-minutes': { type: 'string', default: '600' },
      peers: { type: 'string' },
      scenario: { type: 'string', multiple: true },
      server: { type: 'string', multiple: true },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const purposes = (['record', 'report', 'check'] as const).filter((purpose) => values[purpose]);
  if (purposes.length > 1) throw new Error(`--${purposes[0]} and --${purposes[1]} cannot go together`);
  const [purpose = 'print'] = purposes;
  if (purpose === 'record' && (values.server !== undefined || values.peers !== undefined)) {
    throw new Error('--record takes every server and all peers: leave --server and --peers out');
  }
  if (purpose === 'check' && (values.server ?? values.scenario ?? values.peers) !== undefined) {
    throw new Error('--check has a selection of its own: leave --scenario, --server and --peers out');
  }
  return {
    rounds: number('--rounds', values.rounds, 1, 100),
    seconds: number('--seconds', values.seconds ?? (purpose === 'check' ? '2' : '5'), 1, 60),
    holdMinutes: number('--hold-minutes', values['hold-minutes'], 0.05, 600, false),
    maxMinutes: number('--max-minutes', values['max-minutes'], 1, 6000),
    mostPeers: values.peers === undefined ? Number.POSITIVE_INFINITY : number('--peers', values.peers, 1, 100_000),
    scenarios: chosen('--scenario', values.scenario, SCENARIO_NAMES),
    servers: chosen('--server', values.server, SERVER_NAMES),
    json: values.json,
    purpose,
  };
}

function number(option: string, text: string, least: number, most: number, whole = true): number {
  const value = Number(text);
  if ((Number.isInteger(value) || !whole) && value >= least && value <= most) return value;
  throw new Error(`${option} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`);
}

function chosen<T extends string>(option: string, wanted: readonly string[] | undefined, all: readonly T[]): T[] {
  const stranger = wanted?.find((name) => !all.includes(name as T));
  if (stranger !== undefined) throw new Error(`${option} must be one of ${all.join(', ')}, not "${stranger}"`);
  return all.filter((name) => wanted?.includes(name) ?? true);
}
