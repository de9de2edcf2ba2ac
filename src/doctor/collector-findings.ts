import { someOf } from './check-daemon.ts';
import { lengthOf } from './clock.ts';
import type { Places } from './places.ts';
import type { Report } from './report.ts';
import type { Comparison } from './series.ts';
import type { Subject } from './subject.ts';
import type { Verdict } from './values.ts';

/** Every configuration file here keeps the settings of the page under this key. */
export const EXPORTER = 'exporters.prometheus in otel-collector/config.yaml';

/** Names and labels that are not as the daemon has them, and series that are not there. */
export function checkNames(report: Report, url: string, { renamed, extraLabels, missing, lost }: Comparison): void {
  const [first] = renamed;
  if (first !== undefined) {
    report.found('collector', 'collector-suffixes', {
      what: `the Collector changes the names of ${renamed.length} metrics: ${first.expected} has become ${first.found}`,
      where: `${url}; ${EXPORTER}: translation_strategy`,
      todo: 'set translation_strategy: UnderscoreEscapingWithoutSuffixes (in a Collector older than that: add_metric_suffixes: false), and restart the Collector',
    });
  }
  const scopes = [...extraLabels.keys()].filter((label) => label.startsWith('otel_scope_'));
  if (scopes.length > 0) {
    report.found('collector', 'collector-scope-labels', {
      what: `the Collector adds ${scopes.join(', ')} to each series: a new version is a new series, and two scopes with one metric collide`,
      where: `${url}; ${EXPORTER}: without_scope_info`,
      todo: 'set without_scope_info: true, and empty the scope before it, as processors.transform/no_scope does in otel-collector/config.yaml',
    });
  }
  const others = [...extraLabels].filter(([label]) => !scopes.includes(label));
  if (others.length > 0) {
    report.found('collector', 'collector-labels', {
      what: `the Collector adds labels: ${someOf(others.map(([label, value]) => `${label}="${value}"`))}`,
      where: `${url}; ${EXPORTER}: resource_to_telemetry_conversion, const_labels`,
      todo: 'set resource_to_telemetry_conversion.enabled: false and take out what adds labels; the resource is in target_info, joined by job and instance',
    });
  }
  if (missing.length + lost.length > 0) {
    report.found('collector', 'collector-series-missing', {
      what: `the Collector lacks what the daemon has: ${someOf([...missing, ...lost])}`,
      where: `${url}; service.pipelines.metrics in otel-collector/config.yaml`,
      todo: 'look for a filter or transform processor that drops it, and in the log for "collected before with the same name and label values": then two scopes carry one metric, and processors.transform/no_scope cures it',
    });
  }
}

/** Values that the daemon does not have. */
export function checkValues(report: Report, url: string, verdict: Verdict): void {
  if (verdict.kind === 'frozen') {
    report.found('collector', 'collector-frozen', {
      what: 'the Collector shows old values, though pushes get through: it drops points that are older than those it has',
      where: url,
      todo: 'the clock of the daemon was set back (compare date on both machines), or a second daemon with the same key pushes: correct that, then restart the Collector',
    });
  } else if (verdict.kind === 'foreign') {
    report.found('collector', 'collector-other-source', {
      what: `the Collector shows ${verdict.shown} for ${verdict.series}, where the daemon says ${verdict.own}: somebody else writes the same series`,
      where: url,
      todo: 'give each daemon a key of its own (--key), each library user an own service.instance.id; when two scopes of one program carry the same metric, empty the scope as processors.transform/no_scope does in otel-collector/config.yaml',
    });
  }
}

/** Series that end before the next push. */
export function expires(report: Report, subject: Subject, { collector }: Places): void {
  const seconds = subject.push?.intervalSeconds ?? 0;
  report.found('collector', 'collector-expiration', {
    what: `series come and go: the Collector had dropped them before the next push came, ${lengthOf(seconds)} after the last`,
    where: `${collector.url}; ${EXPORTER}: metric_expiration (OTELCOL_METRIC_EXPIRATION)`,
    todo: `set it to ${lengthOf(2 * seconds)} or more, two export intervals, or push more often (OTEL_METRIC_EXPORT_INTERVAL)`,
  });
}
