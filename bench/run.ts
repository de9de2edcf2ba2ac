#!/usr/bin/env node
/**
 * `npm run bench`: peermeter beside what a user would pick instead, under the same client, in turns. The report goes to
 * standard output, progress to standard error.
 */
import { fileURLToPath } from 'node:url';
import { CHECKED, compareAll, describe } from './check.ts';
import { twoCores } from './cores.ts';
import { howItWasMade } from './machine.ts';
import { type BenchOptions, readOptions, USAGE } from './options.ts';
import { ensurePrograms } from './programs/all.ts';
import { blocksOf, merge, type Results, readResults, writeResults } from './record.ts';
import { writeReport } from './report.ts';
import { requirePeermeter } from './servers.ts';
import { runSections } from './table.ts';
import { type Bench, requireDescriptors, takeAll, taking } from './turns.ts';

const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
const log = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) return console.log(USAGE);
  if (options.purpose === 'report') return writeReport(await readResults(RESULTS));
  if (options.purpose === 'check') return check(options);
  const fresh = await measured(options);
  console.log(runSections(fresh).join('\n'));
  if (options.json !== undefined) await writeResults(options.json, fresh);
  if (options.purpose === 'record') {
    const results = merge(await readResults(RESULTS), fresh);
    await writeResults(RESULTS, results);
    await writeReport(results);
  }
}

async function measured(options: BenchOptions): Promise<Results> {
  const bench = await prepare(options);
  const made = howItWasMade(bench);
  return blocksOf(await takeAll(bench), made);
}

async function prepare(options: BenchOptions): Promise<Bench> {
  const servers = taking(options);
  requirePeermeter(servers);
  await requireDescriptors(options);
  return { options, programs: await ensurePrograms(servers, log), cores: twoCores(), log };
}

/** A ratio that looks worse is measured once more, and both measurements count: one bad minute is no regression. */
async function check(asked: BenchOptions): Promise<void> {
  const results = await readResults(RESULTS);
  const scenarios = [...new Set(CHECKED.map(({ scenario }) => scenario))];
  const missing = scenarios.filter((name) => results[name] === undefined);
  if (missing.length > 0) throw new Error(`nothing is recorded for ${missing.join(', ')}: run with --record first`);
  const options = { ...asked, scenarios, servers: ['peermeter', 'go-libp2p'] as const };
  const bench = await prepare(options);
  let cells = await takeAll(bench);
  let found = compareAll(results, cells);
  const suspects = found.filter(({ verdict }) => verdict === 'worse').map(({ ratio }) => ratio.scenario);
  if (suspects.length > 0) {
    log(`measuring once more: ${[...new Set(suspects)].join(', ')}`);
    const again = await takeAll({ ...bench, options: { ...options, scenarios: [...new Set(suspects)] } });
    cells = [...cells, ...again.map((cell) => ({ ...cell, round: cell.round + options.rounds }))];
    found = compareAll(results, cells);
  }
  for (const comparison of found) console.log(describe(comparison));
  if (found.some(({ verdict }) => verdict !== 'fine')) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
