import type { Block, Results } from './record.ts';
import type { Figure, Scenario } from './scenarios/kinds.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { Spread } from './spread.ts';
import { BASELINES, type Baseline, type Cell, type SummaryRow, summarise } from './summary.ts';

/** For each run its command, machine and versions, then a table for each of its scenarios, and what went wrong. */
export function runSections(results: Results): string[] {
  const runs = Map.groupBy(Object.entries(results) as [ScenarioName, Block][], ([, { made }]) => JSON.stringify(made));
  return [...runs.values()].flatMap((blocks) => {
    const { command = '', date = '', ...rest } = blocks[0]?.[1].made ?? {};
    return [
      `## Run of ${date.slice(0, 16).replace('T', ' ')} UTC`,
      '',
      '```sh',
      command,
      '```',
      '',
      ...Object.entries(rest).map(([what, value]) => `- ${what}: ${value}`),
      '',
      ...blocks.flatMap(([name, block]) => scenarioTable(name, block)),
    ];
  });
}

function scenarioTable(name: ScenarioName, { rounds, cells }: Block): string[] {
  const { title, figures }: Scenario = SCENARIOS[name];
  const rows = summarise(cells);
  const over = BASELINES.filter((baseline) => rows.some((row) => row.ratios[baseline] !== undefined));
  const lines = Object.entries(figures).flatMap(([figure, meaning]) =>
    rows
      .filter((row) => row.figure === figure)
      .map((row) =>
        line([heading(figure, meaning), row.server, spreadText(row, meaning.digits), ...ratios(row, over, meaning)]),
      ),
  );
  const head = ['figure', 'server', 'median (min–max)', ...over.map((baseline) => `÷ ${baseline}`)];
  const count = rounds === 1 ? '1 round' : `${rounds} rounds`;
  const table = lines.length === 0 ? ['No figures.'] : [line(head), line(head.map(() => '---')), ...lines];
  return [`### ${name}`, '', `${upper(title)}; ${count}.`, '', ...table, '', ...remarks(cells)];
}

function heading(figure: string, { unit, better }: Figure): string {
  const name = unit === '' ? figure : `${figure}, ${unit}`;
  if (better === undefined) return name;
  return `${name} (${better === 'lower' ? '↓' : '↑'})`;
}

/** "1.05 (1.02–1.10)" */
export function spreadText({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function ratios({ ratios }: SummaryRow, over: readonly Baseline[], { better }: Figure): string[] {
  return over.map((baseline) => {
    const ratio = ratios[baseline];
    return better === undefined || ratio === undefined ? '' : spreadText(ratio, 2);
  });
}

/** The same remark in several rounds is one line. */
function remarks(cells: readonly Cell[]): string[] {
  const told = Map.groupBy(
    cells.flatMap(({ round, server, remarks }) => remarks.map((remark) => ({ round, text: `${server}: ${remark}` }))),
    ({ text }) => text,
  );
  const lines = [...told].map(([text, all]) => `- round ${all.map(({ round }) => round).join(', ')}, ${text}`);
  return lines.length === 0 ? [] : [...lines, ''];
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** One line of a Markdown table. */
export function line(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`;
}
