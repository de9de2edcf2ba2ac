import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { plotOf } from './plot.ts';
import { cellsOf, type Results } from './record.ts';
import { referenceTables } from './reference.ts';
import type { Scenario } from './scenarios/kinds.ts';
import { SCENARIOS } from './scenarios.ts';
import { summarise } from './summary.ts';
import { line, runSections, spreadText } from './table.ts';
import { boundOf, judge, TARGETS, type Target, type Verdict } from './targets.ts';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const PLOT = fileURLToPath(new URL('../docs/performance.svg', import.meta.url));
const BEGIN = '<!-- written by `npm run bench -- --report`: begin -->';
const END = '<!-- written by `npm run bench -- --report`: end -->';

/**
 * Writes what is recorded between the two marks of docs/performance.md, and the plot beside it. The words around the
 * marks are written by hand and stay.
 *
 * @throws Error when a mark is missing
 */
export async function writeReport(results: Results): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  await writeFile(PAGE, between(page, reportOf(results)));
  if (Object.keys(results).length === 0) await rm(PLOT, { force: true });
  else await writeFile(PLOT, plotOf(judge(TARGETS, summarise(cellsOf(results)))));
}

/** The page with new words between its marks. */
export function between(page: string, words: string): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its marks: ${BEGIN} and ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${words}\n${page.slice(to)}`;
}

/** The generated part: targets, plot, the documented reference, and every run with its tables. */
export function reportOf(results: Results): string {
  if (Object.keys(results).length === 0) return 'Nothing has been recorded yet: `npm run bench -- --record`.\n';
  const rows = summarise(cellsOf(results));
  return [
    '## Targets',
    '',
    ...targetTable(judge(TARGETS, rows), results),
    '',
    '![Each figure as a share of its bound](performance.svg)',
    '',
    '## The documented reference',
    '',
    ...referenceTables(rows),
    ...runSections(results),
  ].join('\n');
}

/** A share that has to be above 99.99 % is not to be rounded to 100. */
function digitsOf({ scenario, figure, over }: Target): number {
  const { figures }: Scenario = SCENARIOS[scenario];
  return over === undefined ? (figures[figure]?.digits ?? 2) : 2;
}

function targetTable(verdicts: readonly Verdict[], results: Results): string[] {
  const head = ['figure of `peermeter`', 'scenario', 'bound', 'measured, median (min–max)', 'rounds', 'met'];
  return [
    line(head),
    line(head.map(() => '---')),
    ...verdicts.map(({ target, measured, met }) => {
      const value = measured === undefined ? 'not measured' : spreadText(measured, digitsOf(target));
      const rounds = measured === undefined ? '' : String(results[target.scenario]?.rounds ?? '');
      const verdict = met === undefined ? '' : met ? 'yes' : '**no**';
      return line([target.what, `\`${target.scenario}\``, boundOf(target), value, rounds, verdict]);
    }),
  ];
}
