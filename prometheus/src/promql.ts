import type { Series, Vector } from './vector.ts';

/** Growth a second of a counter, over a window such as `1m`. */
export function rate<L extends string>(series: Series<L, 'counter'>, window: string): Vector<L> {
  return { promql: `rate(${series.promql}[${window}])`, labels: series.labels };
}

/** Growth of a counter over a window. */
export function increase<L extends string>(series: Series<L, 'counter'>, window: string): Vector<L> {
  return { promql: `increase(${series.promql}[${window}])`, labels: series.labels };
}

type Aggregation = 'sum' | 'max' | 'min' | 'count';

function aggregate(operator: Aggregation) {
  return <L extends string, By extends L = never>(of: Vector<L>, ...by: readonly By[]): Vector<By> => ({
    promql: `${operator}${grouping(by)}(${of.promql})`,
    labels: known(by, of),
  });
}

/** `sum(v, 'job', 'instance')`: over all labels but the named ones. */
export const sum = aggregate('sum');
export const max = aggregate('max');
export const min = aggregate('min');
export const count = aggregate('count');

/** The quantile `q` (0 to 1) of the values of all series, in groups by the named labels. */
export function quantileAcross<L extends string, By extends L = never>(
  q: number,
  of: Vector<L>,
  ...by: readonly By[]
): Vector<By> {
  return { promql: `quantile${grouping(by)}(${q}, ${of.promql})`, labels: known(by, of) };
}

/**
 * The quantile `q` of what a histogram observed, from its buckets in groups by the named labels.
 *
 * Of no observations the quantile is NaN. The comparison drops that: no ping, no point.
 */
export function histogramQuantile<L extends string, By extends Exclude<L, 'le'> = never>(
  q: number,
  buckets: Vector<L>,
  ...by: readonly By[]
): Vector<By> {
  return {
    promql: `histogram_quantile(${q}, sum by (${[...by, 'le'].join(', ')}) (${buckets.promql})) >= 0`,
    labels: known(by, buckets),
    compound: true,
  };
}

/**
 * `of` a `to`, where `to` is more than 0: nothing is divided by zero, and of nothing there is no share.
 *
 * @throws TypeError when the two sides do not have the same labels and would match nothing
 */
export function ratio<L extends string>(of: Vector<L>, to: Vector<L>): Vector<L> {
  return operation(of, '/', { promql: `(${operand(to)} > 0)`, labels: to.labels });
}

/** Seconds since the Unix time that is the value. */
export function since<L extends string>(of: Vector<L>): Vector<L> {
  return { promql: `time() - ${operand(of)}`, labels: of.labels, compound: true };
}

/** When each series was last there within a window before now, in Unix time, to the step of the subquery. */
export function lastSeen<L extends string>(series: Series<L>, window: string, step: string): Vector<L> {
  return { promql: `max_over_time(timestamp(${series.promql})[${window}:${step}])`, labels: series.labels };
}

/** Those series of `of` for which there is none in `without`. */
export function unless<L extends string>(of: Vector<L>, without: Vector<L>): Vector<L> {
  return operation(of, 'unless', without);
}

/** Those series of `of` for which there is one in `also` with the same values of these labels. */
export function withAlso<L extends string, M extends string>(
  of: Vector<L>,
  also: Vector<M>,
  ...on: (L & M)[]
): Vector<L> {
  return { promql: `${operand(of)} and on (${on.join(', ')}) ${operand(also)}`, labels: of.labels, compound: true };
}

/** Only series whose value is more than this. */
export function above<L extends string>(limit: number, of: Vector<L>): Vector<L> {
  return { promql: `${operand(of)} > ${limit}`, labels: of.labels, compound: true };
}

/** 0 where there is nothing to count or to add up. */
export function orZero(of: Vector<never>): Vector<never> {
  return { promql: `${operand(of)} or vector(0)`, labels: [], compound: true };
}

/** The `n` largest values at each moment: for a table or a number of now. */
export function topk<L extends string>(n: number, of: Vector<L>): Vector<L> {
  return { promql: `topk(${n}, ${of.promql})`, labels: of.labels };
}

/**
 * Those series of `of` that belong to the `n` largest by their maximum over `window` before the end of what is shown.
 *
 * `topk` chooses again at each moment, so that a graph of it can have any number of lines. This choice holds for the
 * whole graph.
 */
export function belongingToTop<L extends string, M extends L>(
  n: number,
  by: Series<M>,
  window: string,
  of: Vector<L>,
): Vector<L> {
  const on = known(by.labels, of).join(', ');
  return {
    promql: `${operand(of)} and on (${on}) topk(${n}, max_over_time(${by.promql}[${window}] @ end()))`,
    labels: of.labels,
    compound: true,
  };
}

/** `of` divided by a value that is the same for all that share the labels `on`. */
export function ratioWithin<L extends string, On extends L>(of: Vector<L>, to: Vector<On>): Vector<L> {
  return {
    promql: `${operand(of)} / on (${to.labels.join(', ')}) group_left () (${operand(to)} > 0)`,
    labels: of.labels,
    compound: true,
  };
}

function operation<L extends string>(left: Vector<L>, operator: string, right: Vector<L>): Vector<L> {
  const [a, b] = [left, right].map(({ labels }) => [...labels].sort().join(', '));
  if (a !== b) throw new TypeError(`labels {${a}} and {${b}} do not match: ${left.promql} ${operator} ${right.promql}`);
  return { promql: `${operand(left)} ${operator} ${operand(right)}`, labels: left.labels, compound: true };
}

function grouping(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')}) `;
}

function operand({ promql, compound }: Vector): string {
  return compound === true ? `(${promql})` : promql;
}

function known<L extends string>(labels: readonly L[], of: Vector): readonly L[] {
  const unknown = labels.filter((label) => !of.labels.includes(label));
  if (unknown.length > 0) throw new TypeError(`no label ${unknown.join(', ')} on ${of.promql}`);
  return labels;
}
