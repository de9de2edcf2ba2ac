import type { Cores } from './cores.ts';
import type { BenchOptions } from './options.ts';
import { descriptorLimit } from './processes.ts';
import type { Programs } from './programs/all.ts';
import type { ServerName } from './recipes.ts';
import type { Sample, Scenario, Turn } from './scenarios/kinds.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { type Server, startServer } from './servers.ts';
import type { Cell } from './summary.ts';

/** What a program has open besides its peers. */
const OTHER_DESCRIPTORS = 200;

/** What the turns are taken with. */
export interface Bench {
  readonly options: BenchOptions;
  readonly programs: Programs;
  readonly cores: Cores | undefined;
  readonly log: (line: string) => void;
}

type Plan = Pick<Cell, 'round' | 'scenario' | 'server'>;

const scenarioOf = (name: ScenarioName): Scenario => SCENARIOS[name];

/** Who takes part in any of these scenarios. */
export function taking({ scenarios, servers }: Pick<BenchOptions, 'scenarios' | 'servers'>): ServerName[] {
  return servers.filter((server) => scenarios.some((name) => scenarioOf(name).servers.includes(server)));
}

/**
 * Says before anything is measured that a scenario cannot be.
 *
 * @throws Error with how many descriptors are needed
 */
export async function requireDescriptors({ scenarios, mostPeers }: BenchOptions): Promise<void> {
  const limit = await descriptorLimit();
  for (const name of scenarios) {
    const needed = Math.min(scenarioOf(name).peers, mostPeers) + OTHER_DESCRIPTORS;
    if (needed > limit) {
      throw new Error(
        `${name} needs ${needed} file descriptors a process, ${limit} is the limit: raise \`ulimit -Hn\``,
      );
    }
  }
}

/** Every scenario in every round, on each server in turn; who is first changes with the round. */
export function planOf({ rounds, scenarios, servers }: BenchOptions): Plan[] {
  return Array.from({ length: rounds }, (_, round) =>
    scenarios.flatMap((scenario) => {
      const those = servers.filter((server) => scenarioOf(scenario).servers.includes(server));
      return those.map((_, i) => {
        const server = those[(i + round) % those.length] as ServerName;
        return { round: round + 1, scenario, server };
      });
    }),
  ).flat();
}

/** Takes every turn of the plan, one after the other. */
export async function takeAll(bench: Bench): Promise<Cell[]> {
  const { options, log } = bench;
  const plan = planOf(options);
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

/** One turn on a server of its own. A turn that fails is a remark, and the others go on. */
async function take(plan: Plan, bench: Bench): Promise<Cell> {
  const sample = await measure(plan, bench).catch((error: unknown) => ({
    figures: {},
    remarks: [`no figures: ${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)}`],
  }));
  return { ...plan, ...sample };
}

async function measure({ scenario: name, server }: Plan, { options, programs, cores: all }: Bench): Promise<Sample> {
  const scenario = scenarioOf(name);
  // Without a list of their own they would stay on the core that the runner holds itself to.
  const both = all && `${all.server},${all.client}`;
  const cores = scenario.unpinned ? { server: both, client: both } : all;
  const started: Server[] = [];
  const turn: Turn = {
    server,
    client: { program: programs.go.client, core: cores?.client },
    serverCore: cores?.server,
    seconds: options.seconds,
    holdMinutes: options.holdMinutes,
    mostPeers: options.mostPeers,
    start: async (more = {}) => {
      const one = await startServer(server, { programs, core: cores?.server, ...more });
      started.push(one);
      return one;
    },
  };
  try {
    return await scenario.measure(turn);
  } finally {
    for (const one of started) await one.stop();
  }
}
