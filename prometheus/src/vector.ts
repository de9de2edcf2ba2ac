/** A PromQL expression that gives one value for each of its series, and the labels that tell these apart. */
export interface Vector<Label extends string = string> {
  readonly promql: string;
  /** What a legend, an aggregation or a match may name. */
  readonly labels: readonly Label[];
  /** Whether an operator stands outermost, so that it needs brackets where it is an operand. */
  readonly compound?: true;
}

/** A vector that is one metric's own series, so that a range of time can be taken of it. */
export interface Series<Label extends string = string, Kind extends SeriesKind = SeriesKind> extends Vector<Label> {
  readonly kind: Kind;
}

/** Only of a counter can a rate be taken, and only a gauge has a largest value. */
export type SeriesKind = 'counter' | 'gauge';

/** The labels Prometheus puts on every series: whose it is. */
export const OWNER = ['job', 'instance'] as const;
export type Owner = (typeof OWNER)[number];
