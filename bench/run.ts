#!/usr/bin/env node
/**
 * `npm run bench`: peermeter beside what a user would pick instead, under the same client, in turns. The report goes to
 * standard output, progress to standard error.
 */
import { writeFile } from 'node:fs/promises';
import { type Cores, twoCores } from './cores.ts';
import { ensureGoPrograms, type GoPrograms } from './go-programs.ts';
import { howItWasMade } from './machine.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { type Sample, SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { requirePeermeter, type ServerName, startServer } from './servers.ts';
import { type Cell, summarise } from './summary.ts';
import { markdown } from './table.ts';

const log = (line: string): void => console.error(line);

interface Turn {
  readonly round: number;
  readonly scenario: ScenarioName;
  readonly server: ServerName;
}

/** Every scenario in every round, on each server in turn; who is first changes with the round. */
function turns({ rounds, scenarios, servers }: BenchOptions): Turn[] {
  return Array.from({ length: rounds }, (_, round) =>
    scenarios.flatMap((scenario) => {
      const { without = [] }: Scenario = SCENARIOS[scenario];
      const taking = servers.filter((server) => !without.includes(server));
      return taking.map((_, i) => {
        const server = taking[(i + round) % taking.length] as ServerName;
        return { round: round + 1, scenario, server };
      });
    }),
  ).flat();
}

interface Bench {
  readonly options: BenchOptions;
  readonly go: GoPrograms;
  readonly cores: Cores | undefined;
}

/** One turn on a server of its own. A turn that fails is a remark, and the others go on. */
async function take(turn: Turn, bench: Bench): Promise<Cell> {
  const sample = await measure(turn, bench).catch((error: unknown) => ({
    figures: {},
    remarks: [`no figures: ${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)}`],
  }));
  return { ...turn, ...sample };
}

async function measure({ scenario, server: name }: Turn, { options, go, cores }: Bench): Promise<Sample> {
  const { seconds } = options;
  const server = await startServer(name, { go, core: cores?.server, scrapeEveryMs: seconds * 1000 });
  try {
    return await SCENARIOS[scenario].measure(server, { seconds, client: { program: go.client, core: cores?.client } });
  } finally {
    await server.stop();
  }
}

async function takeAll(bench: Bench): Promise<Cell[]> {
  const { options } = bench;
  const plan = turns(options);
  const deadline = performance.now() + options.maxMinutes * 60_000;
  const cells: Cell[] = [];
  for (const turn of plan) {
    if (performance.now() > deadline) {
      log(`stopping after ${options.maxMinutes} minutes, with ${plan.length - cells.length} turns not taken`);
      break;
    }
    const cell = await take(turn, bench);
    cells.push(cell);
    const figures = Object.entries(cell.figures).map(([figure, value]) => `${figure} ${value.toFixed(1)}`);
    log([`[${cells.length}/${plan.length}]`, turn.scenario, turn.server, ...figures, ...cell.remarks].join('  '));
  }
  return cells;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return console.log(USAGE);
  requirePeermeter(options.servers);
  const go = await ensureGoPrograms(log);
  const cores = twoCores();
  const made = howItWasMade(go, cores);
  const cells = await takeAll({ options, go, cores });
  const rows = summarise(cells);
  console.log(markdown(made, cells, rows));
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ made, options, rows, cells }, null, 2)}\n`);
  }
}

await main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
