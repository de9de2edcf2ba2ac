import type { Sample, ScenarioName } from './scenarios.ts';
import type { ServerName } from './servers.ts';

/** One measurement: a scenario on a server in a round. */
export interface Cell extends Sample {
  readonly round: number;
  readonly scenario: ScenarioName;
  readonly server: ServerName;
}

/** A median and what it lies between. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many rounds it is of. */
  readonly count: number;
}

/** What the others are divided by. */
export const BASELINES = ['go-libp2p', 'raw-echo', 'js-libp2p', 'peermeter-off'] as const satisfies ServerName[];
export type Baseline = (typeof BASELINES)[number];

/** One figure of one server in one scenario, over all rounds. */
export interface SummaryRow extends Spread {
  readonly scenario: ScenarioName;
  readonly server: ServerName;
  readonly figure: string;
  /** This server ÷ the baseline, round by round: what slows a whole round down falls out. */
  readonly ratios: Readonly<Partial<Record<Baseline, Spread>>>;
}

/** Every figure of every server in every scenario that has been measured, in the order they were first seen. */
export function summarise(cells: readonly Cell[]): SummaryRow[] {
  const rows = new Map<string, SummaryRow>();
  for (const { scenario, server, figures } of cells) {
    for (const figure of Object.keys(figures)) {
      const key = [scenario, figure, server].join('\0');
      if (rows.has(key)) continue;
      const values = byRound(cells, scenario, server, figure);
      rows.set(key, { scenario, server, figure, ...spreadOf([...values.values()]), ratios: ratiosOf(cells, key) });
    }
  }
  return [...rows.values()];
}

/** The middle, the least and the most; NaN of nothing. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median, min: at(0), max: at(sorted.length - 1), count: sorted.length };
}

function ratiosOf(cells: readonly Cell[], key: string): Partial<Record<Baseline, Spread>> {
  const [scenario, figure, server] = key.split('\0') as [ScenarioName, string, ServerName];
  const own = byRound(cells, scenario, server, figure);
  const ratios: Partial<Record<Baseline, Spread>> = {};
  for (const baseline of BASELINES) {
    const theirs = byRound(cells, scenario, baseline, figure);
    const quotients = [...own].flatMap(([round, value]) => {
      const other = theirs.get(round);
      return other === undefined ? [] : [value / other];
    });
    if (baseline !== server && quotients.length > 0) ratios[baseline] = spreadOf(quotients);
  }
  return ratios;
}

function byRound(cells: readonly Cell[], scenario: string, server: string, figure: string): Map<number, number> {
  const own = cells.filter((cell) => cell.scenario === scenario && cell.server === server);
  return new Map(
    own.flatMap(({ round, figures }) => {
      const value = figures[figure];
      return value === undefined || !Number.isFinite(value) ? [] : [[round, value] as const];
    }),
  );
}
