import { METRIC_ROWS } from '../contract/metrics.ts';
import { type Naming, prometheusLabel, prometheusName, prometheusType, streamName } from '../contract/naming.ts';
import type { MetricRow } from '../contract/row.ts';
import { type Sample, toNumber } from './exposition.ts';

/** A series by its name and labels: a sample of a page, or of an answer of Prometheus. */
export type Series = Pick<Sample, 'name' | 'labels'>;

/** The rows that a daemon always has, or keeps once it has them: series of single peers come and go by themselves. */
export const STEADY_ROWS: readonly MetricRow[] = METRIC_ROWS.filter(({ source }) => source !== 'per-peer');

/** What a row is called on the daemon's own page, and where a Collector or Prometheus has it that adds nothing. */
export function namesOf(row: MetricRow, naming: Naming): { readonly shown: string; readonly pushed: string } {
  const pushed = streamName(row, naming).replace(/[^a-zA-Z0-9_]/g, '_');
  return { shown: prometheusName(row, naming), pushed };
}

/** Names of the samples that one metric has. */
export function sampleNames(row: MetricRow, name: string): string[] {
  return prometheusType(row) === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name];
}

/** One metric of the contract as somebody shows it, by the names he should show it under. */
export interface Expected {
  readonly row: MetricRow;
  /** The name it must have there. */
  readonly name: string;
  /** Its label sets, each as `labelKey` writes it. */
  readonly sets: ReadonlySet<string>;
}

/** What came of looking for all that is expected. */
export interface Comparison {
  /** Metrics that are there under another name. */
  readonly renamed: readonly { readonly expected: string; readonly found: string }[];
  /** Metrics of which nothing is there. */
  readonly missing: readonly string[];
  /** Labels that should not be there, each with one of its values. */
  readonly extraLabels: ReadonlyMap<string, string>;
  /** Series that are not there though others of the same metric are. */
  readonly lost: readonly string[];
  /** Metrics that are there with the right name and nothing missing. */
  readonly exact: number;
}

const OWN_LABELS = ['job', 'instance'];

/** The labels of a series without those of its origin, in a fixed order. */
export function labelKey(labels: Readonly<Record<string, string>>, known: (label: string) => boolean): string {
  return Object.keys(labels)
    .filter(known)
    .sort()
    .map((label) => `${label}=${JSON.stringify(label === 'le' ? boundOf(labels.le) : labels[label])}`)
    .join(',');
}

/** Some write the bound 1, others 1.0, or 5e-05. */
function boundOf(text = ''): string {
  return String(toNumber(text) ?? text);
}

/** The steady metrics that are on a page under the names that `nameOn` gives them, each with its label sets. */
export function metricsOn(series: readonly Series[], nameOn: (row: MetricRow) => string): Map<MetricRow, Set<string>> {
  const rowByName = new Map(
    STEADY_ROWS.flatMap((row) => sampleNames(row, nameOn(row)).map((name) => [name, row] as const)),
  );
  const found = new Map<MetricRow, Set<string>>();
  for (const { name, labels } of series) {
    const row = rowByName.get(name);
    if (row === undefined) continue;
    const sets = found.get(row) ?? new Set();
    found.set(row, sets.add(labelKey(labels, (label) => isLabelOf(row, label))));
  }
  return found;
}

/** Compares series of one daemon with what they should be. */
export function compare(expected: readonly Expected[], series: readonly Series[]): Comparison {
  const nameOf = new Map(expected.map(({ row, name }) => [row, name]));
  const found = metricsOn(series, (row) => nameOf.get(row) ?? '');
  const rightNames = new Set(expected.flatMap(({ row, name }) => sampleNames(row, name)));
  const names = new Set(series.map(({ name }) => name).filter((name) => !rightNames.has(name)));
  const absent = expected.filter(({ row }) => !found.has(row));
  const renamed = absent.flatMap(({ row, name }) => {
    const other = otherName(row, name, names);
    return other === undefined ? [] : [{ expected: name, found: other }];
  });
  const elsewhere = new Set(renamed.map((one) => one.expected));
  const lost = expected.flatMap(({ row, name, sets }) => {
    const there = found.get(row);
    return there === undefined ? [] : [...sets].filter((set) => !there.has(set)).map((set) => `${name}{${set}}`);
  });
  return {
    renamed,
    missing: absent.map(({ name }) => name).filter((name) => !elsewhere.has(name)),
    extraLabels: extraLabels(expected, series),
    lost,
    exact: expected.length - absent.length,
  };
}

function extraLabels(expected: readonly Expected[], series: readonly Series[]): Map<string, string> {
  const rowByName = new Map(expected.flatMap(({ row, name }) => sampleNames(row, name).map((each) => [each, row])));
  const extra = new Map<string, string>();
  for (const { name, labels } of series) {
    const row = rowByName.get(name);
    if (row === undefined) continue;
    for (const [label, value] of Object.entries(labels)) {
      if (!isLabelOf(row, label) && !OWN_LABELS.includes(label)) extra.set(label, value);
    }
  }
  return extra;
}

function isLabelOf(row: MetricRow, label: string): boolean {
  return label === 'le'
    ? row.buckets !== undefined
    : Object.keys(row.labels).some((own) => prometheusLabel(own) === label);
}

/** What exporters append: units, what a counter ends in, what a ratio ends in. */
const SUFFIXES = /_(total|ratio|seconds|bytes|percent|milliseconds)$/;

/** The name without all that, which can be there more than once; for a name that was not escaped, escaped first. */
function stem(name: string): string {
  let rest = name.replace(/[^a-zA-Z0-9_]/g, '_');
  while (SUFFIXES.test(rest)) rest = rest.replace(SUFFIXES, '');
  return rest;
}

/** The name that a metric has instead: equal but for suffixes. */
function otherName(row: MetricRow, name: string, names: ReadonlySet<string>): string | undefined {
  const ends = prometheusType(row) === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  const wanted = stem(name);
  for (const candidate of names) {
    const end = ends.find((each) => candidate.endsWith(each));
    if (end === undefined) continue;
    const plain = candidate.slice(0, candidate.length - end.length);
    if (plain !== name && stem(plain) === wanted) return plain;
  }
  return undefined;
}
