import { type Figure, SCENARIOS, type Scenario, type ScenarioName } from './scenarios.ts';
import { BASELINES, type Cell, type Spread, type SummaryRow } from './summary.ts';

/** The whole report as Markdown: how it was made, a table a scenario, and what went wrong. */
export function markdown(made: Readonly<Record<string, string>>, cells: readonly Cell[], rows: readonly SummaryRow[]) {
  const scenarios = [...new Set(rows.map((row) => row.scenario))];
  return [
    ...Object.entries(made).map(([what, value]) => `- ${what}: ${value}`),
    '',
    ...scenarios.flatMap((name) => scenarioTable(name, rows)),
    ...remarks(cells),
  ].join('\n');
}

function scenarioTable(name: ScenarioName, rows: readonly SummaryRow[]): string[] {
  const { title, figures }: Scenario = SCENARIOS[name];
  const lines = Object.entries(figures).flatMap(([figure, meaning]) =>
    rows
      .filter((row) => row.scenario === name && row.figure === figure)
      .map((row) => line([describe(figure, meaning), row.server, spread(row, meaning), ...ratioTexts(row, meaning)])),
  );
  const head = ['figure', 'server', 'median (min–max)', ...BASELINES.map((baseline) => `÷ ${baseline}`)];
  return [`### ${name}: ${title}`, '', line(head), line(head.map(() => '---')), ...lines, ''];
}

function describe(figure: string, { unit, better }: Figure): string {
  if (better === undefined) return `${figure}, ${unit}`;
  return `${figure}, ${unit} (${better === 'lower' ? '↓' : '↑'})`;
}

function spread({ median, min, max }: Spread, { digits }: Figure): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function ratioTexts({ ratios }: SummaryRow, { better }: Figure): string[] {
  return BASELINES.map((baseline) => {
    if (better === undefined) return '';
    const ratio = ratios[baseline];
    return ratio === undefined ? '' : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`;
  });
}

function remarks(cells: readonly Cell[]): string[] {
  const told = cells.flatMap(({ round, scenario, server, remarks }) =>
    remarks.map((remark) => `- round ${round}, ${scenario}, ${server}: ${remark}`),
  );
  return told.length === 0 ? [] : ['### Remarks', '', ...told, ''];
}

function line(columns: readonly string[]): string {
  return `| ${columns.join(' | ')} |`;
}
