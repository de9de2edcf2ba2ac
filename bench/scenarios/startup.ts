import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type CpuList, onCore } from '../cores.ts';
import { PEERMETER } from '../recipes.ts';
import { plainEnvironment } from '../servers.ts';
import { spreadOf } from '../spread.ts';
import type { Figure, Sample, Scenario, Turn } from './kinds.ts';

/** How often each is started in one turn. */
const RUNS = 15;
const TIME: Figure = { unit: 'ms', digits: 1, better: 'lower' };
const RATIO: Figure = { unit: '×', digits: 2, better: 'lower' };

const COMMANDS = {
  'node -e 0': ['-e', '0'],
  '--help': [PEERMETER, '--help'],
  '--version': [PEERMETER, '--version'],
  listening: [PEERMETER, 'run', '-p', '0', '-m', '0'],
} as const;
type CommandName = keyof typeof COMMANDS;
const NAMES = Object.keys(COMMANDS) as CommandName[];

/** How long it takes to start, beside the same runtime with nothing to do. */
export const STARTUP_SCENARIO = {
  title: `start-up, ${RUNS} runs of each in turns: until the end, or until "Listening on" is read`,
  figures: {
    'node -e 0': { ...TIME },
    '--help': TIME,
    '--version': TIME,
    listening: TIME,
    '--help ÷ node': RATIO,
    '--version ÷ node': RATIO,
    'listening ÷ node': RATIO,
  },
  servers: ['peermeter'],
  peers: 0,
  measure: startAll,
} as const satisfies Scenario;

async function startAll({ serverCore }: Turn): Promise<Sample> {
  const times = new Map<CommandName, number[]>(NAMES.map((name) => [name, []]));
  // What is first also reads the files from the disk: one round goes before.
  for (let run = -1; run < RUNS; run++) {
    for (const name of NAMES) {
      const took = await timeOf(name, serverCore);
      if (run >= 0) times.get(name)?.push(took);
    }
  }
  const bare = times.get('node -e 0') ?? [];
  const figures: Record<string, number> = {};
  for (const [name, values] of times) {
    figures[name] = spreadOf(values).median;
    if (name !== 'node -e 0') figures[`${name} ÷ node`] = spreadOf(values.map((v, i) => v / (bare[i] ?? 0))).median;
  }
  return { figures, remarks: [] };
}

/** Milliseconds until the program has ended, or listens. */
async function timeOf(name: CommandName, core: CpuList | undefined): Promise<number> {
  const [command, ...args] = onCore(core, [process.execPath, ...COMMANDS[name]]);
  const env = { ...plainEnvironment(), OTEL_METRICS_EXPORTER: 'prometheus' };
  const began = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  if (name !== 'listening') {
    child.stdout.resume();
    const [status] = await ended;
    if (status !== 0) throw new Error(`${name} ended with status ${status}`);
    return performance.now() - began;
  }
  const heard = new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('Listening on')) resolve(performance.now() - began);
    });
  });
  const never = ended.then(() => {
    throw new Error('it ended before it listened');
  });
  try {
    return await Promise.race([heard, never]);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
