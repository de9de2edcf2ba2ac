import type { ServerName } from './recipes.ts';
import type { Sample } from './scenarios/kinds.ts';
import type { ScenarioName } from './scenarios.ts';
import { type Spread, spreadOf } from './spread.ts';

/** One measurement: a scenario on a server in a round. */
export interface Cell extends Sample {
  readonly round: number;
  readonly scenario: ScenarioName;
  readonly server: ServerName;
}

/** What the others are divided by. */
export const BASELINES = [
  'peermeter-off',
  'js-libp2p',
  'go-libp2p',
  'rust-libp2p',
  'py-libp2p',
  'raw-echo',
] as const satisfies ServerName[];
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

function ratiosOf(cells: readonly Cell[], key: string): Partial<Record<Baseline, Spread>> {
  const [scenario, figure, server] = key.split('\0') as [ScenarioName, string, ServerName];
  const ratios: Partial<Record<Baseline, Spread>> = {};
  for (const baseline of BASELINES) {
    const quotients = ratiosByRound(cells, { scenario, figure, server, over: baseline });
    if (baseline !== server && quotients.length > 0) ratios[baseline] = spreadOf(quotients);
  }
  return ratios;
}

/** A ratio that may be asked for: a figure of one server over the same figure of another. */
export interface RatioOf {
  readonly scenario: ScenarioName;
  readonly figure: string;
  readonly server: ServerName;
  readonly over: ServerName;
}

/** The ratio in each round that has both. */
export function ratiosByRound(cells: readonly Cell[], { scenario, figure, server, over }: RatioOf): number[] {
  const theirs = byRound(cells, scenario, over, figure);
  return [...byRound(cells, scenario, server, figure)].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || other === 0 ? [] : [value / other];
  });
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
