import { METRICS } from '../contract/metrics.ts';
import { NAMINGS, type Naming } from '../contract/naming.ts';
import type { MetricRow } from '../contract/row.ts';
import { Exposition, type Sample } from './exposition.ts';
import { type Expected, metricsOn, namesOf, STEADY_ROWS } from './series.ts';

/** The daemon that is followed, as it describes itself on its own page: what to look for further down. */
export interface Subject {
  readonly naming: Naming;
  /** `instance` of what it pushed: its peer id. */
  readonly instance: string | undefined;
  /** `job` of what it pushed. */
  readonly job: string | undefined;
  readonly version: string | undefined;
  /** Where it pushes to, and how often; undefined when it does not. */
  readonly push: Push | undefined;
  readonly page: Exposition;
  /** The metrics it has, under the names of its own page. */
  readonly shown: readonly Expected[];
  /** The same as whoever it pushes to must have them. */
  readonly pushed: readonly Expected[];
}

/** Pushes to what takes OTLP over HTTP. */
export interface Push {
  /** The name that the daemon's configuration has for it. */
  readonly exporter: string;
  readonly destination: string;
  readonly intervalSeconds: number;
}

/** Of several the one that is called `otlp`, as it is without a configuration; else the first. */
function pushOf(samples: readonly Sample[]): Push | undefined {
  const pushes = samples.flatMap(({ labels, value }) => {
    const { exporter = '', destination = '' } = labels;
    return URL.canParse(destination) ? [{ exporter, destination, intervalSeconds: value }] : [];
  });
  return pushes.find(({ exporter }) => exporter === 'otlp') ?? pushes[0];
}

/** Reads a page; undefined when it is not a daemon's. */
export function readSubject(page: Exposition): Subject | undefined {
  const naming = NAMINGS.find((each) => page.samples.some(({ name }) => name === shownName(METRICS.memoryRss, each)));
  if (naming === undefined || isPassedOn(page, naming)) return undefined;
  const [info] = page.all('target_info');
  const { service_name: name, service_namespace: namespace, service_instance_id: instance } = info?.labels ?? {};
  const own = (row: MetricRow): Sample | undefined => page.all(shownName(row, naming))[0];
  const metrics = [...metricsOn(page.samples, (row) => shownName(row, naming))];
  return {
    naming,
    instance,
    job: namespace === undefined ? name : `${namespace}/${name}`,
    version: own(METRICS.buildInfo)?.labels.version ?? info?.labels.service_version,
    push: pushOf(page.all(shownName(METRICS.telemetryPushInterval, naming))),
    page,
    shown: metrics.map(([row, sets]) => ({ row, sets, name: namesOf(row, naming).shown })),
    pushed: metrics.map(([row, sets]) => ({ row, sets, name: namesOf(row, naming).pushed })),
  };
}

/**
 * The daemon as a Collector shows it, for one that shows nothing itself: what is there is all that is known, and what
 * the contract says is always there is what must be. Undefined unless there is exactly one daemon.
 */
export function readSubjectFromCollector(page: Exposition): Subject | undefined {
  const infos = page.all('target_info');
  const pushing = page.samples.filter(({ name }) => name === shownName(METRICS.telemetryPushInterval, 'documented'));
  const origins = new Set(
    (pushing.length > 0 ? pushing : infos).map(({ labels }) => `${labels.job} ${labels.instance}`),
  );
  const [origin] = pushing.length > 0 ? pushing : infos;
  const { job, instance } = origin?.labels ?? {};
  if (origins.size !== 1 || instance === undefined) return undefined;
  const own = page.samples.filter(({ labels }) => labels.job === job && labels.instance === instance);
  const always = STEADY_ROWS.filter(({ source, on }) => source === 'record' && on === undefined);
  const expected = always.map((row) => ({ row, name: row.name, sets: new Set<string>() }));
  return {
    naming: 'documented',
    instance,
    job,
    version: own.find(({ name }) => name === METRICS.buildInfo.name)?.labels.version,
    push: pushOf(pushing),
    page: new Exposition('', own, page.families),
    shown: expected,
    pushed: expected,
  };
}

/** A Collector's page has the same names, but says of each series whose it is. */
function isPassedOn(page: Exposition, naming: Naming): boolean {
  const [sample] = page.all(shownName(METRICS.memoryRss, naming));
  return sample?.labels.instance !== undefined || sample?.labels.job !== undefined;
}

export function shownName(row: MetricRow, naming: Naming): string {
  return namesOf(row, naming).shown;
}

/** How often the daemon has tried to push, and when that last went well (Unix seconds of its clock). */
export interface PushCount {
  readonly succeeded: number;
  readonly failed: number;
  readonly lastSuccess: number | undefined;
}

export function pushCount({ page, naming, push }: Pick<Subject, 'page' | 'naming' | 'push'>): PushCount {
  const exporter = push?.exporter ?? 'otlp';
  const count = (result: string): number =>
    page.all(shownName(METRICS.telemetryExports, naming), { exporter, result })[0]?.value ?? 0;
  const last = page.all(shownName(METRICS.telemetryLastSuccess, naming), { exporter })[0]?.value;
  return { succeeded: count('success'), failed: count('failure'), lastSuccess: last };
}
