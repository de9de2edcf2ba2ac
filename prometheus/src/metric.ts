import { type KeysWhere, METRICS, type MetricKey } from '../../src/contract/metrics.ts';
import { prometheusLabel } from '../../src/contract/naming.ts';
import type { MetricRow } from '../../src/contract/row.ts';
import { OWNER, type Owner, type Series } from './vector.ts';

export type HistogramKey = KeysWhere<{ kind: 'histogram' }>;
export type CounterKey = KeysWhere<{ kind: 'counter' }>;
export type PlainKey = Exclude<MetricKey, HistogramKey>;

type LabelsOf<K extends MetricKey> = (typeof METRICS)[K]['labels'];
type Escaped<Name extends string> = Name extends `${infer Head}.${infer Tail}` ? `${Head}_${Escaped<Tail>}` : Name;
type ValueOf<Values> = Values extends readonly (infer Value)[] ? Value : string;

/** The labels of a row as Prometheus shows them. */
export type LabelOf<K extends MetricKey> = Escaped<keyof LabelsOf<K> & string>;

/** Which series of a row: for each label a value, or several of which any will do. */
export type Matchers<K extends MetricKey> = [keyof LabelsOf<K>] extends [never]
  ? Readonly<Record<string, never>>
  : {
      readonly [L in keyof LabelsOf<K> & string as Escaped<L>]?:
        | ValueOf<LabelsOf<K>[L]>
        | readonly ValueOf<LabelsOf<K>[L]>[];
    };

type KindOf<K extends PlainKey> = K extends CounterKey ? 'counter' : 'gauge';

/** Names series by the key of their row. A key, label or value that the contract does not have does not compile. */
export interface Selectors {
  /** The series of a counter or gauge. */
  metric<K extends PlainKey>(key: K, matchers?: Matchers<K>): Series<LabelOf<K> | Owner, KindOf<K>>;
  /** The buckets of a histogram, told apart by `le`. */
  buckets<K extends HistogramKey>(key: K, matchers?: Matchers<K>): Series<LabelOf<K> | Owner | 'le', 'counter'>;
  /** How many observations a histogram has. */
  counts<K extends HistogramKey>(key: K, matchers?: Matchers<K>): Series<LabelOf<K> | Owner, 'counter'>;
  /** The sum of a histogram's observations. */
  sums<K extends HistogramKey>(key: K, matchers?: Matchers<K>): Series<LabelOf<K> | Owner, 'counter'>;
}

/**
 * @param scope matchers that every selector has, such as `job=~"$job"`. @default none
 *
 * @example
 * selectors().metric('pingErrors', { reason: ['timeout', 'reset'] }).promql
 * // libp2p_ping_errors_total{reason=~"timeout|reset"}
 */
export function selectors(scope = ''): Selectors {
  const series = (key: MetricKey, suffix: string, matchers: object = {}): Series<never, never> => {
    const row: MetricRow = METRICS[key];
    const labels = [...Object.keys(row.labels).map(prometheusLabel), ...OWNER];
    return {
      promql: selector(row.name + suffix, scope, matchers as Readonly<Record<string, MatcherValue>>),
      labels: (suffix === '_bucket' ? [...labels, 'le'] : labels) as never[],
      kind: (row.kind === 'counter' || row.kind === 'histogram' ? 'counter' : 'gauge') as never,
    };
  };
  return {
    metric: (key, matchers) => series(key, '', matchers),
    buckets: (key, matchers) => series(key, '_bucket', matchers),
    counts: (key, matchers) => series(key, '_count', matchers),
    sums: (key, matchers) => series(key, '_sum', matchers),
  };
}

export type MatcherValue = string | readonly string[] | undefined;

/** A name with its matchers; without any there are no braces. */
export function selector(name: string, scope: string, matchers: Readonly<Record<string, MatcherValue>>): string {
  const all = [
    ...(scope === '' ? [] : [scope]),
    ...Object.entries(matchers).map(([label, value]) =>
      typeof value === 'object'
        ? `${label}=~${quoted(value.map(literally).join('|'))}`
        : `${label}=${quoted(value ?? '')}`,
    ),
  ];
  return all.length === 0 ? name : `${name}{${all.join(', ')}}`;
}

function quoted(value: string): string {
  return JSON.stringify(value);
}

function literally(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
