import { readFile, writeFile } from 'node:fs/promises';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.ts';
import type { Cell } from './summary.ts';

/** What one run saw of one scenario, and how. */
export interface Block {
  /** The command, the date, the machine, the versions: what `howItWasMade` says. */
  readonly made: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** Every sample. */
  readonly cells: readonly Cell[];
}

/** What has been recorded, a block a scenario: each may come from a run of its own. */
export type Results = Readonly<Partial<Record<ScenarioName, Block>>>;

/**
 * What is recorded in a file; nothing when there is none.
 *
 * @throws Error when it is not JSON
 */
export async function readResults(file: string): Promise<Results> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text);
}

export async function writeResults(file: string, results: Results): Promise<void> {
  await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
}

/** A block for each scenario of one run. */
export function blocksOf(cells: readonly Cell[], made: Block['made']): Results {
  const blocks: Partial<Record<ScenarioName, Block>> = {};
  for (const name of SCENARIO_NAMES) {
    const own = cells.filter((cell) => cell.scenario === name);
    if (own.length > 0) blocks[name] = { made, rounds: new Set(own.map(({ round }) => round)).size, cells: own };
  }
  return blocks;
}

/** New blocks in place of the old ones of the same scenarios; a scenario that gave no figure at all replaces nothing. */
export function merge(old: Results, fresh: Results): Results {
  const merged: Partial<Record<ScenarioName, Block>> = {};
  for (const name of SCENARIO_NAMES) {
    const hasFigures = fresh[name]?.cells.some(({ figures }) => Object.keys(figures).length > 0);
    const block = hasFigures ? fresh[name] : old[name];
    if (block !== undefined) merged[name] = block;
  }
  return merged;
}

/** All samples of all blocks. Rounds of different blocks have nothing to do with each other. */
export function cellsOf(results: Results): Cell[] {
  return Object.values(results).flatMap(({ cells }) => cells);
}
