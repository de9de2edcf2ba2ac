import { stringify } from 'yaml';
import { METRICS, type MetricKey } from '../../src/contract/metrics.ts';
import { type MatcherValue, selector, selectors } from './metric.ts';
import { histogramQuantile, rate, ratio, sum } from './promql.ts';
import { OWNER, type Series, type Vector } from './vector.ts';

/**
 * Twelve scrapes at the 5 s of prometheus.yml, and still four at 15 s. A rule cannot know the step of whoever looks, so
 * its window is fixed.
 */
const WINDOW = '1m';

/** The percentiles of round trips that are kept for each daemon. */
const RECORDED_QUANTILES = ['0.5', '0.95', '0.99'] as const;

interface Recording<Label extends string> {
  /** The metric it is made of, and the one that this is divided by. */
  readonly metric: MetricKey;
  readonly per?: MetricKey;
  /** What was done to it, the last first; a sum goes without saying. */
  readonly operations: string;
  /** Why it is worth a rule. */
  readonly help: string;
  /** What tells its series apart. */
  readonly labels: readonly Label[];
  readonly rules: readonly { readonly labels: Readonly<Record<string, string>>; readonly of: Vector }[];
}

const recording = <const Label extends string>(definition: Recording<Label>): Recording<Label> => definition;

const { metric, buckets } = selectors();

/**
 * What panels about many daemons ask for again and again, computed once for each daemon as the data comes.
 *
 * Dashboards of one or a few daemons use the metrics themselves, so that they work where these rules are not loaded.
 */
export const RECORDED = {
  pingRtt: recording({
    metric: 'pingRtt',
    operations: 'histogram_quantile_rate1m',
    help: 'Round trips by daemon: the buckets of 500 daemons are 9,000 series, these are 1,500.',
    labels: [...OWNER, 'quantile'],
    rules: RECORDED_QUANTILES.map((quantile) => ({
      labels: { quantile },
      of: histogramQuantile(Number(quantile), rate(buckets('pingRtt'), WINDOW), ...OWNER),
    })),
  }),
  pingErrors: recording({
    metric: 'pingErrors',
    per: 'pingRequests',
    operations: 'ratio_rate1m',
    help: 'Share of the pings of a daemon that failed, 0 to 1; absent while it pings nobody.',
    labels: OWNER,
    rules: [
      {
        labels: {},
        of: ratio(
          sum(rate(metric('pingErrors'), WINDOW), ...OWNER),
          sum(rate(metric('pingRequests'), WINDOW), ...OWNER),
        ),
      },
    ],
  }),
  denied: recording({
    metric: 'connectionsDenied',
    operations: 'rate1m',
    help: 'Connections a second that the limits of a daemon refused, for any reason.',
    labels: OWNER,
    rules: [{ labels: {}, of: sum(rate(metric('connectionsDenied'), WINDOW), ...OWNER) }],
  }),
  peersUse: recording({
    metric: 'peers',
    per: 'maxPeers',
    operations: 'ratio',
    help: 'Peers of a daemon divided by the most it admits, 0 to 1.',
    labels: OWNER,
    rules: [{ labels: {}, of: ratio(metric('peers'), metric('maxPeers')) }],
  }),
  descriptorsUse: recording({
    metric: 'fdCount',
    per: 'fdLimit',
    operations: 'ratio',
    help: 'Open descriptors of a daemon divided by its limit, 0 to 1.',
    labels: OWNER,
    rules: [{ labels: {}, of: ratio(metric('fdCount'), metric('fdLimit')) }],
  }),
  heapUse: recording({
    metric: 'heapUsed',
    per: 'heapLimit',
    operations: 'ratio',
    help: 'Heap of a daemon in use, over all heap spaces, divided by the size at which V8 gives up, 0 to 1.',
    labels: OWNER,
    rules: [{ labels: {}, of: ratio(sum(metric('heapUsed'), ...OWNER), metric('heapLimit')) }],
  }),
};

export type RecordedKey = keyof typeof RECORDED;
type LabelOf<K extends RecordedKey> = (typeof RECORDED)[K]['labels'][number];

/**
 * `level:metric:operations`, as Prometheus advises: the level is the labels besides job, a ratio says `_per_`, and a rate
 * takes the suffix `_total` away.
 */
export function recordedName(key: RecordedKey): string {
  const { metric: of, per, operations, labels }: Recording<string> = RECORDED[key];
  const level = labels.filter((label) => label !== 'job').join('_');
  const bare = (row: MetricKey): string => METRICS[row].name.replace(/_total$/, '');
  const divisor = per === undefined ? '' : `_per_${bare(per).replace(/^libp2p_/, '')}`;
  return `${level}:${bare(of)}${divisor}:${operations}`;
}

/** The series of a recording rule. */
export function recorded<K extends RecordedKey>(
  key: K,
  scope = '',
  matchers: { readonly [L in LabelOf<K>]?: string } = {},
): Series<LabelOf<K>, 'gauge'> {
  return {
    promql: selector(recordedName(key), scope, matchers as Readonly<Record<string, MatcherValue>>),
    labels: RECORDED[key].labels as readonly LabelOf<K>[],
    kind: 'gauge',
  };
}

/** The whole of `prometheus/rules/recording.yml`. */
export function recordingRulesYaml(): string {
  const rules = (Object.keys(RECORDED) as RecordedKey[]).flatMap((key) =>
    RECORDED[key].rules.map(({ labels, of }) => ({
      record: recordedName(key),
      expr: of.promql,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    })),
  );
  const about = (Object.keys(RECORDED) as RecordedKey[]).map(
    (key) => `#   ${recordedName(key)}\n#     ${RECORDED[key].help}`,
  );
  return `# Made from prometheus/src/recording.ts by \`npm run dashboards\`; a test fails when the two differ.
#
${about.join('\n')}

${stringify({ groups: [{ name: 'peermeter-recording', rules }] }, { lineWidth: 0 })}`;
}
