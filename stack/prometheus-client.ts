import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from './errors.ts';

/** A series' labels, `__name__` among them. */
export type Labels = Readonly<Record<string, string>>;

/** One series at one moment. */
export interface Sample {
  readonly metric: Labels;
  /** NaN for a native histogram, which stands in `histogram`. */
  readonly value: number;
  /** Unix time in seconds. */
  readonly time: number;
  /** A native histogram as the API gives it. */
  readonly histogram?: unknown;
}

/** One series over time. */
export interface RangeSeries {
  readonly metric: Labels;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

/** From when to when, and how densely. */
export interface QueryRange {
  /** Unix time in seconds, or a Date. */
  readonly start: number | Date;
  /** @default now */
  readonly end?: number | Date;
  /** @default 1 */
  readonly stepSeconds?: number;
}

/** What a metric is, as its source described it. */
export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Metadata together with the target it came from. */
export interface TargetMetadata extends MetricMetadata {
  readonly target: Labels;
  readonly metric: string;
}

/** A target of a scrape job, and how its last scrape went. */
export interface Target {
  readonly labels: Labels;
  readonly scrapeUrl: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** How long to wait. */
export interface WaitInit {
  /** @default 20000 */
  readonly timeoutMs?: number;
  /** @default 200 */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks a Prometheus server. Everything throws StackError `query-failed` with the server's own words when it refuses. */
export interface PrometheusClient {
  /** The series that an expression gives at a moment (Unix seconds or a Date; now by default). A scalar is one sample without labels. */
  query(promql: string, time?: number | Date): Promise<Sample[]>;
  queryRange(promql: string, range: QueryRange): Promise<RangeSeries[]>;
  /** Type, help and unit per metric name, from all sources; of one metric when named. */
  metadata(metric?: string): Promise<Record<string, MetricMetadata[]>>;
  /** The same per target. @param match a label selector of targets, such as `{job="otel-collector"}` */
  targetMetadata(match?: string, metric?: string): Promise<TargetMetadata[]>;
  /** The label sets of the series that match any of the selectors. */
  series(match: string | readonly string[]): Promise<Labels[]>;
  targets(): Promise<Target[]>;
  /**
   * Asks until the answer satisfies, and returns it.
   *
   * @throws StackError `timed-out` with the last answer
   */
  waitFor(promql: string, satisfies: (samples: Sample[]) => boolean, init?: WaitInit): Promise<Sample[]>;
}

/** A client of the Prometheus server at `url` (scheme, host and port). */
export function createPrometheusClient(url: string): PrometheusClient {
  const ask = <T>(path: string, parameters: Parameters = {}) => request<T>(`${url}/api/v1/${path}`, parameters);

  const query = async (promql: string, time?: number | Date) =>
    toSamples(await ask<QueryData>('query', { query: promql, time: seconds(time) }));

  return {
    query,
    queryRange: async (promql, { start, end = new Date(), stepSeconds = 1 }) => {
      const range = { start: seconds(start), end: seconds(end), step: String(stepSeconds) };
      const { result } = await ask<{ result: RawRange[] }>('query_range', { query: promql, ...range });
      return result.map(({ metric, values = [] }) => ({ metric, points: values.map(toPoint) }));
    },
    metadata: (metric) => ask('metadata', { metric }),
    targetMetadata: (match, metric) => ask('targets/metadata', { match_target: match, metric }),
    series: (match) => ask('series', { 'match[]': match }),
    targets: async () => (await ask<{ activeTargets: Target[] }>('targets', { state: 'active' })).activeTargets,
    waitFor: (promql, satisfies, init) => waitFor(() => query(promql), promql, satisfies, init),
  };
}

async function waitFor(
  ask: () => Promise<Sample[]>,
  promql: string,
  satisfies: (samples: Sample[]) => boolean,
  { timeoutMs = 20_000, intervalMs = 200, signal }: WaitInit = {},
): Promise<Sample[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const samples = await ask();
    if (satisfies(samples)) return samples;
    if (performance.now() >= deadline) {
      const answer = JSON.stringify(samples.slice(0, 20));
      throw new StackError('timed-out', `waited ${timeoutMs / 1000} s for ${promql}; the last answer: ${answer}`);
    }
    await delay(intervalMs, undefined, { signal });
  }
}

type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;
type RawPoint = readonly [time: number, value: string];
type RawSample = { metric: Labels; value?: RawPoint; histogram?: readonly [number, unknown] };
type RawRange = { metric: Labels; values?: RawPoint[] };
type QueryData = { resultType: 'vector'; result: RawSample[] } | { resultType: 'scalar'; result: RawPoint };

async function request<T>(url: string, parameters: Parameters): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const item of value === undefined ? [] : [value].flat()) search.append(name, item as string);
  }
  const response = await fetch(`${url}?${search}`, { signal: AbortSignal.timeout(30_000) });
  const body = await response.text();
  if (!response.ok) throw new StackError('query-failed', `Prometheus refused ${url}?${search}: ${reason(body)}`);
  return (JSON.parse(body) as { data: T }).data;
}

function reason(body: string): string {
  try {
    return (JSON.parse(body) as { error?: string }).error ?? body;
  } catch {
    return body;
  }
}

function toSamples(data: QueryData): Sample[] {
  if (data.resultType === 'scalar') return [{ metric: {}, ...toPoint(data.result) }];
  return data.result.map(({ metric, value, histogram }) =>
    value === undefined
      ? { metric, time: histogram?.[0] ?? Number.NaN, value: Number.NaN, histogram: histogram?.[1] }
      : { metric, ...toPoint(value) },
  );
}

function toPoint([time, value]: RawPoint): { time: number; value: number } {
  return { time, value: toNumber(value) };
}

function toNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

function seconds(time: number | Date | undefined): string | undefined {
  return time === undefined ? undefined : String(time instanceof Date ? time.getTime() / 1000 : time);
}
