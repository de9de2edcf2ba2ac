import { selectors } from '../../prometheus/src/metric.ts';
import { belongingToTop, increase, rate } from '../../prometheus/src/promql.ts';
import { type RecordedKey, recorded } from '../../prometheus/src/recording.ts';
import type { Owner, Series, Vector } from '../../prometheus/src/vector.ts';

/** What the variables of a dashboard leave of all daemons. Each may stand for one value, several, or all. */
const SCOPE = 'job=~"$job", instance=~"$instance"';

export const { metric, buckets, counts, sums } = selectors(SCOPE);

/** The series of a recording rule. */
export const record = <K extends RecordedKey>(key: K, matchers: Parameters<typeof recorded<K>>[2] = {}) =>
  recorded(key, SCOPE, matchers);

/** Growth a second, over a window that Grafana makes long enough for the scrape interval and the width of the graph. */
export const perSecond = <L extends string>(series: Series<L, 'counter'>): Vector<L> =>
  rate(series, '$__rate_interval');

/** Growth over all of the time that is shown. */
export const inRange = <L extends string>(series: Series<L, 'counter'>): Vector<L> => increase(series, '$__range');

/** So many lines can be told apart. */
export const MOST_LINES = 10;

/**
 * Of the daemons that are chosen those ten that had the most peers in the time that is shown: the same ten on every
 * panel. Up to ten are all there.
 */
export const busiest = <L extends string>(of: Vector<L | Owner>): Vector<L | Owner> =>
  belongingToTop(MOST_LINES, metric('peers'), '$__range', of);

/** Of the series of a gauge those ten that were largest in the time that is shown. */
export const largest = <L extends string>(of: Series<L, 'gauge'>): Vector<L> =>
  belongingToTop(MOST_LINES, of, '$__range', of);

/** What panels say about how many lines they have. */
export const ABOUT_BUSIEST = `One line a daemon; with more than ${MOST_LINES} those that had the most peers in the time shown.`;
export const ABOUT_SUM = 'All daemons chosen above, together.';

/** Series that stand for all label sets beyond a limit of the OpenTelemetry SDK, under the label that it gives them. */
export const overflowing: Vector<Owner> = {
  promql: `{__name__=~"libp2p_.+", otel_metric_overflow="true", ${SCOPE}}`,
  labels: ['job', 'instance'],
};
