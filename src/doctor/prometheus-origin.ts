import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS } from '../contract/metrics.ts';
import { isStraightToPrometheus } from './check-collector.ts';
import { someOf } from './check-daemon.ts';
import { lengthOf } from './clock.ts';
import type { Places } from './places.ts';
import type { PromConfig, PrometheusApi, PromSample, Target } from './prometheus-api.ts';
import type { Report } from './report.ts';
import { type Comparison, compare, namesOf } from './series.ts';
import { pushCount, type Subject } from './subject.ts';
import { type Origin, seriesOf, type Traces } from './ways.ts';

/** Where a Prometheus of this repository has its configuration. */
export const FILE = 'prometheus/prometheus.yml';

/** A scrape, and the way through the network. */
export const SLACK_SECONDS = 3;

/** What is known when the series themselves are looked at. */
export interface Find {
  readonly report: Report;
  readonly api: PrometheusApi;
  readonly subject: Subject;
  readonly places: Places;
  readonly config: PromConfig | undefined;
  readonly traces: Traces;
  readonly daemon: readonly Target[];
  readonly collector: readonly Target[];
  readonly isPushed: boolean;
}

/** The longest of the times between two scrapes; 0 without any. */
export function longestInterval(targets: readonly Target[]): number {
  return Math.max(0, ...targets.map(({ intervalSeconds }) => intervalSeconds));
}

/** The series of an origin; a daemon's first scrape lacks what only that scrape made, so another one is waited for. */
async function untilWhole({ api, subject, daemon, collector }: Find, origin: Origin): Promise<PromSample[]> {
  const expected = origin.way === 'push' ? subject.pushed : subject.shown;
  const endMs = performance.now() + 1000 * (longestInterval([...daemon, ...collector]) + SLACK_SECONDS);
  for (;;) {
    const samples = await seriesOf(api, origin);
    const { missing, lost } = compare(expected, samples);
    if (missing.length + lost.length === 0 || performance.now() > endMs) return samples;
    await sleep(250);
  }
}

/** Looks at the series of one origin: as old as they may be, under their names, with their labels, and all of them. */
export async function checkOrigin(find: Find, origin: Origin): Promise<void> {
  const { report, subject } = find;
  const samples = await untilWhole(find, origin);
  const expected = origin.way === 'push' ? subject.pushed : subject.shown;
  const faults = report.count('fault', 'prometheus');
  const age = await ageOf(find, origin, samples);
  checkAge(find, origin, age);
  // What stands still has not heard of what came since.
  if (report.count('fault', 'prometheus') === faults) checkNames(find, origin, compare(expected, samples));
  checkLateness(find, origin);
  if (report.count('fault', 'prometheus') > faults) return;
  const { way, job, instance } = origin;
  const late = age === undefined ? '' : `, ${lengthOf(age.seconds)} old`;
  report.ok('prometheus', `${expected.length} metrics by ${way} as job="${job}", instance="${instance}"${late}`);
}

function checkNames(
  { report, api, config, subject }: Find,
  { way, job }: Origin,
  { renamed, extraLabels, missing, lost }: Comparison,
): void {
  const isStraight = way === 'push' && isStraightToPrometheus(subject);
  const where = `${api.url}; ${FILE}: ${isStraight ? 'otlp.translation_strategy' : `job ${job}`}`;
  const [first] = renamed;
  if (first !== undefined) {
    const strategy = config?.translationStrategy;
    report.found('prometheus', 'prometheus-suffixes', {
      what: `${renamed.length} metrics have other names in Prometheus: ${first.expected} has become ${first.found}`,
      where,
      todo: isStraight
        ? `set otlp.translation_strategy: UnderscoreEscapingWithoutSuffixes (it is ${strategy ?? 'not set'}), and have the configuration read again`
        : 'look for metric_relabel_configs of that job that change __name__',
    });
  }
  // Labels that an operator gives his targets are his business; these come of what was not set.
  const stray = [...extraLabels].filter(([label]) => /^(otel_scope_|exported_)/.test(label));
  if (stray.length > 0) {
    report.found('prometheus', 'prometheus-labels', {
      what: `series carry labels that they should not: ${someOf(stray.map(([label, value]) => `${label}="${value}"`))}`,
      where,
      todo: isStraight
        ? 'set otlp.promote_scope_metadata: false'
        : 'look for a label of the target (labels under static_configs or in a target file) that a metric has too, and rename it',
    });
  }
  if (missing.length + lost.length === 0) return;
  report.found('prometheus', 'prometheus-series-missing', {
    what: `Prometheus lacks what the daemon has: ${someOf([...missing, ...lost])}`,
    where,
    todo: 'look for metric_relabel_configs that drop it, and for "Error on ingesting" in the log of Prometheus (duplicate samples, samples out of order)',
  });
}

interface Age {
  readonly seconds: number;
  readonly mostSeconds: number;
}

/**
 * How old the newest data is. What was pushed says itself when the push before it succeeded, by the daemon's own clock:
 * that is held against the daemon's last success, so that no other clock matters. What was scraped has the time of the
 * scrape.
 */
async function ageOf(
  find: Find,
  { way, job, instance }: Origin,
  samples: readonly PromSample[],
): Promise<Age | undefined> {
  const { api, subject, collector, daemon } = find;
  const scrape = longestInterval(way === 'push' ? collector : daemon);
  if (way === 'push') {
    const name = namesOf(METRICS.telemetryLastSuccess, subject.naming).pushed;
    const there = samples.find((sample) => sample.name === name && sample.labels.exporter === 'otlp')?.value;
    const { lastSuccess } = pushCount(subject);
    const push = subject.push?.intervalSeconds ?? 0;
    if (there === undefined || lastSuccess === undefined) return undefined;
    return { seconds: Math.max(0, lastSuccess - there), mostSeconds: 2 * push + 2 * scrape + SLACK_SECONDS };
  }
  const own = `job=${JSON.stringify(job)},instance=${JSON.stringify(instance)}`;
  const name = namesOf(METRICS.memoryRss, subject.naming).shown;
  const result = await api.query(`time() - timestamp(${name}{${own}})`);
  const [age] = 'data' in result ? result.data : [];
  return age && { seconds: age.value, mostSeconds: 2 * scrape + SLACK_SECONDS };
}

function checkAge({ report, api }: Find, { way, job }: Origin, age: Age | undefined): void {
  if (age !== undefined && age.seconds > age.mostSeconds) {
    report.found('prometheus', 'prometheus-stale', {
      what: `what Prometheus has of the daemon by ${way} is ${lengthOf(age.seconds)} old, where ${lengthOf(age.mostSeconds)} would be the most`,
      where: `${api.url}, job="${job}"`,
      todo: 'look at lastScrape and lastError of that target (/api/v1/targets), at its scrape_interval, and at whether the clock of one of the machines was set',
    });
  }
}

function checkLateness({ report, subject, config }: Find, { way }: Origin): void {
  if (way === 'pull' || !isStraightToPrometheus(subject)) return;
  if (config === undefined || config.outOfOrderWindow !== undefined) return;
  report.found('prometheus', 'prometheus-out-of-order', {
    what: 'Prometheus takes nothing that comes late: a push that is tried again is lost when its successor was quicker',
    where: `${FILE}: storage.tsdb.out_of_order_time_window`,
    todo: 'set it to 10m, and have the configuration read again',
  });
}
