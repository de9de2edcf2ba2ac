import { setTimeout as sleep } from 'node:timers/promises';
import { checkClock } from './check-clock.ts';
import { isStraightToPrometheus } from './check-collector.ts';
import { someOf } from './check-daemon.ts';
import { lengthOf } from './clock.ts';
import { whatAnswers } from './identify.ts';
import { mayBeSame, type Places } from './places.ts';
import { PrometheusApi, type Target } from './prometheus-api.ts';
import { checkOrigin, FILE, type Find, longestInterval, SLACK_SECONDS } from './prometheus-origin.ts';
import type { Report } from './report.ts';
import type { Subject } from './subject.ts';
import { type Origin, type Traces, traceDaemon } from './ways.ts';

export interface PrometheusInit {
  readonly report: Report;
  readonly subject: Subject | undefined;
  readonly places: Places;
  /** Whether pushes get out, as far as the Collector. */
  readonly isPushed: boolean;
  readonly waitMs: number;
}

/** Follows the fourth link. Gives the origins whose series are right, for Grafana to be asked about. */
export async function checkPrometheus(init: PrometheusInit): Promise<readonly Origin[]> {
  const { report, subject, places, isPushed } = init;
  const api = new PrometheusApi(places.prometheus.url);
  if (!(await checkItself(report, api, places))) return [];
  if (subject === undefined || report.firstBreak !== undefined) {
    report.notChecked('prometheus', whatComesFirst(report));
    return [];
  }
  const [targets, config] = [await targetsOf(api), await api.config()];
  const { daemon, collector } = sort(targets, places);
  const traces = await untilTraced(api, subject, init, [...daemon, ...collector]);
  const find = { report, api, subject, places, config, traces, daemon, collector, isPushed };
  const faults = report.count('fault', 'prometheus');
  checkTargets(find);
  if (traces.origins.length === 0) {
    if (report.count('fault', 'prometheus') === faults) nothingThere(find);
    return [];
  }
  checkOnce(find);
  for (const origin of traces.origins) await checkOrigin(find, origin);
  return report.count('fault', 'prometheus') > faults ? [] : traces.origins;
}

/** Why something further down was not looked at. */
export function whatComesFirst(report: Report): string {
  const first = report.firstBreak;
  return first === undefined ? 'what the daemon has is not known' : `${first} comes first: it would show here too`;
}

async function checkItself(report: Report, api: PrometheusApi, { prometheus }: Places): Promise<boolean> {
  const build = await api.get('status/buildinfo');
  if ('error' in build) {
    const { answer } = build;
    if (answer === undefined && !prometheus.isAsked && /refused|no such host/.test(build.error)) {
      report.notInUse('prometheus', `${build.error} at ${prometheus.url}; --prometheus names another`);
      return false;
    }
    report.found('prometheus', answer === undefined ? 'prometheus-unreachable' : 'wrong-service', {
      what:
        answer === undefined
          ? `no Prometheus: ${build.error}`
          : `no Prometheus answers there, but ${whatAnswers(answer)}`,
      where: prometheus.url,
      todo: 'start it (docker compose up -d prometheus, or npm run stack), or name its address with --prometheus http://HOST:9090',
    });
    return false;
  }
  const { answer } = build;
  const ahead = await clockOf(api);
  if (answer !== undefined) checkClock(report, 'prometheus', answer, 'Prometheus', ahead);
  report.ok('prometheus', `${prometheus.url} is Prometheus ${String(build.data.version ?? 'of no known version')}`);
  return true;
}

/** Prometheus tells its time to the millisecond, and has no Date that a proxy before it could have put there. */
async function clockOf(api: PrometheusApi): Promise<number | undefined> {
  const askedAt = Date.now();
  const result = await api.query('vector(time())');
  const [sample] = 'data' in result ? result.data : [];
  return sample === undefined ? undefined : sample.value - (askedAt + Date.now()) / 2000;
}

async function targetsOf(api: PrometheusApi): Promise<readonly Target[]> {
  const result = await api.targets();
  return 'data' in result ? result.data : [];
}

/** The targets that are this daemon and this Collector, by their addresses as far as these can be the same. */
function sort(targets: readonly Target[], { daemon, collector }: Places) {
  return {
    daemon: targets.filter(({ scrapeUrl }) => mayBeSame(scrapeUrl, daemon)),
    collector: targets.filter(({ scrapeUrl }) => mayBeSame(scrapeUrl, collector.url, { anyHost: true })),
  };
}

/** A daemon or a Prometheus that has just started is there after its next scrape. */
async function untilTraced(
  api: PrometheusApi,
  subject: Subject,
  { waitMs }: PrometheusInit,
  targets: readonly Target[],
): Promise<Traces> {
  const scrapeSeconds = longestInterval(targets);
  const mayCome = targets.some(({ health }) => health !== 'down');
  const endMs = performance.now() + (mayCome ? Math.min(waitMs, 1000 * (scrapeSeconds + SLACK_SECONDS)) : 0);
  const freshSeconds = 3 * Math.max(scrapeSeconds, subject.push?.intervalSeconds ?? 0) + SLACK_SECONDS;
  for (;;) {
    const traces = await traceDaemon(api, subject, freshSeconds);
    if (traces.origins.length + traces.renamedBy.length > 0 || performance.now() > endMs) return traces;
    await sleep(250);
  }
}

function checkTargets({ report, traces, daemon, collector, isPushed, api }: Find): void {
  // Other Collectors have the same port: one that is down is ours when nothing comes of ours.
  const ownCollector = isPushed && traces.origins.length === 0 ? collector : [];
  for (const { health, scrapeUrl, lastError, scrapePool } of [...daemon, ...ownCollector]) {
    if (health !== 'down') continue;
    report.found('prometheus', 'prometheus-target-down', {
      what: `Prometheus cannot scrape ${scrapeUrl}: ${lastError}`,
      where: `${api.url}/api/v1/targets; job ${scrapePool} in ${FILE}`,
      todo: 'name an address that leads there from where Prometheus runs (in a container 127.0.0.1 is the container itself: host.docker.internal, or the name of the service), and let what is there listen on it (--metrics-host, OTELCOL_PROMETHEUS_ADDR)',
    });
  }
  for (const job of traces.renamedBy) {
    report.found('prometheus', 'prometheus-honor-labels', {
      what: `job and instance of the daemon have become exported_job and exported_instance: all daemons look like one target of job ${job}`,
      where: `${FILE}: honor_labels of the job ${job}`,
      todo: `set honor_labels: true for ${job}, and have the configuration read again (kill -HUP, or a restart)`,
    });
  }
}

function nothingThere(find: Find): void {
  const { report, api, subject, places, config, daemon, collector, isPushed } = find;
  const scraped = isPushed ? [...collector, ...daemon] : daemon;
  const jobs = config === undefined || config.jobs.length === 0 ? 'none' : someOf(config.jobs, 6);
  const { lastSeenSeconds } = find.traces;
  const ago = lastSeenSeconds === undefined ? '' : `; the last sample of it came ${lengthOf(lastSeenSeconds)} ago`;
  if (isPushed && isStraightToPrometheus(subject)) {
    report.found('prometheus', 'prometheus-nothing', {
      what: `Prometheus has nothing of the daemon, which pushes to ${subject.push?.destination}${ago}`,
      where: api.url,
      todo: 'is it this Prometheus that it pushes to? It needs --web.enable-otlp-receiver, and says in its log what it refuses',
    });
  } else if (scraped.length === 0) {
    const what = isPushed ? `the Collector's page (${places.collector.url})` : `the daemon (${places.daemon})`;
    report.found('prometheus', 'prometheus-not-scraping', {
      what: `Prometheus has nothing of the daemon, for none of its targets is ${what}; its jobs: ${jobs}${ago}`,
      where: isPushed ? `${FILE}: scrape_configs` : 'prometheus/targets/*.yml',
      todo: isPushed
        ? 'add a job with honor_labels: true for the endpoint of the prometheus exporter (otel-collector:8889), and have the configuration read again'
        : "name the daemon in a file there: - targets: ['127.0.0.1:8081'] (prometheus/targets/README.md)",
    });
  } else {
    const [target] = scraped;
    report.found('prometheus', 'prometheus-nothing', {
      what: `Prometheus scrapes ${target?.scrapeUrl}, but has no series with instance="${subject.instance}"${ago}`,
      where: `${FILE}: job ${target?.scrapePool}`,
      todo: 'look for relabel_configs, metric_relabel_configs and sample_limit of that job that drop or rename it, and at whether that address is the Collector that this doctor looked at',
    });
  }
}

/** One series of each metric: more, and every sum is a multiple of the truth. */
function checkOnce({ report, api, traces, places }: Find): void {
  const { origins } = traces;
  if (origins.length < 2) return;
  report.found('prometheus', 'prometheus-duplicates', {
    what: `Prometheus has the daemon ${origins.length} times, as ${origins.map(({ way, job, instance }) => `job="${job}", instance="${instance}" (${way})`).join(' and ')}: sums over it are that much too high`,
    where: `${api.url}; ${FILE} and prometheus/targets/*.yml`,
    todo: `let it have one way: take ${places.daemon} out of the targets, or start the daemon with --exporters prometheus`,
  });
}
