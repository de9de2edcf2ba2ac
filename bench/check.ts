import { cellsOf, type Results } from './record.ts';
import type { Scenario } from './scenarios/kinds.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type Cell, type RatioOf, ratiosByRound } from './summary.ts';

/** With fewer rounds than this a spread says nothing. */
const LEAST_ROUNDS = 3;
/** How many standard errors apart two medians are before it is no longer chance. */
const ERRORS_APART = 3;
/** What a ratio changes by from build to build of the same source, however quiet the rounds were. */
const LEAST_CHANGE = 0.05;

const figures = (scenario: ScenarioName, ...names: string[]): RatioOf[] =>
  names.map((figure) => ({ scenario, figure, server: 'peermeter', over: 'go-libp2p' }));

/** What `--check` looks at: the ratios that hold still enough to be compared, and take a few minutes to measure. */
export const CHECKED: readonly RatioOf[] = [
  ...figures('rtt-held', 'RTT p50'),
  ...figures('rtt-new', 'RTT p50'),
  ...figures('saturate-held', 'server CPU a ping'),
  ...figures('saturate-new', 'server CPU a ping'),
  ...figures('steady-500', 'server CPU'),
  ...figures('connect-500', 'server CPU a connection'),
  ...figures('memory-500', 'RSS a peer'),
];

/** One ratio now beside the recorded one. */
export interface Comparison {
  readonly ratio: RatioOf;
  readonly recorded: Spread;
  readonly now: Spread;
  /** How much worse it is now, as a share: 0.2 is a fifth worse, below zero is better. */
  readonly worseBy: number;
  /** How much worse chance alone may make it. */
  readonly noise: number;
  readonly verdict: 'fine' | 'worse' | 'cannot tell';
}

/** Compares each checked ratio of these samples with the recorded one. */
export function compareAll(
  results: Results,
  now: readonly Cell[],
  checked: readonly RatioOf[] = CHECKED,
): Comparison[] {
  const recorded = cellsOf(results);
  return checked.map((ratio) => {
    const { figures }: Scenario = SCENARIOS[ratio.scenario];
    const lowerIsBetter = figures[ratio.figure]?.better !== 'higher';
    return { ratio, ...compare(ratiosByRound(recorded, ratio), ratiosByRound(now, ratio), lowerIsBetter) };
  });
}

/**
 * Whether the median of `now` is worse than that of `recorded` by more than chance.
 *
 * A ratio is as far off upwards as downwards in its logarithm, so that is what is compared. The standard error of a
 * median is 1.253 σ ÷ √n; σ is the greater one that the two sets of rounds show (their median distance from their
 * median, × 1.483), because with five rounds one set easily looks quieter than it is.
 */
export function compare(
  recorded: readonly number[],
  now: readonly number[],
  lowerIsBetter: boolean,
): Omit<Comparison, 'ratio'> {
  const before = recorded.filter((value) => value > 0).map(Math.log);
  const after = now.filter((value) => value > 0).map(Math.log);
  const change = spreadOf(after).median - spreadOf(before).median;
  const sigma = Math.max(deviation(before), deviation(after));
  const error = 1.253 * sigma * Math.sqrt(1 / before.length + 1 / after.length);
  const worse = lowerIsBetter ? change : -change;
  const noise = Math.max(ERRORS_APART * error, Math.log(1 + LEAST_CHANGE));
  const enough = Math.min(before.length, after.length) >= LEAST_ROUNDS;
  return {
    recorded: spreadOf(recorded),
    now: spreadOf(now),
    worseBy: Math.expm1(worse),
    noise: Math.expm1(noise),
    verdict: !enough ? 'cannot tell' : worse > noise ? 'worse' : 'fine',
  };
}

/** A standard deviation that one odd round does not decide. */
function deviation(values: readonly number[]): number {
  const { median } = spreadOf(values);
  return 1.483 * spreadOf(values.map((value) => Math.abs(value - median))).median;
}

/** One line a ratio, for people. */
export function describe({ ratio, recorded, now, worseBy, noise, verdict }: Comparison): string {
  const { scenario, figure, server, over } = ratio;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const values = `${recorded.median.toFixed(3)} recorded, ${now.median.toFixed(3)} now`;
  const by = `${worseBy > 0 ? `${percent(worseBy)} worse` : `${percent(-worseBy)} better`}, noise ${percent(noise)}`;
  return `${verdict.padEnd(11)}  ${scenario}, ${figure}, ${server} ÷ ${over}: ${values} (${by})`;
}
