import { parse } from 'yaml';
import { type Answer, ask, isAnswer } from '../http/ask.ts';
import { type Sample, toNumber } from './exposition.ts';
import { whatAnswers } from './identify.ts';

/** An answer of Prometheus' HTTP API, or why there is none. */
export type ApiResult<T> = { readonly data: T } | { readonly error: string };

/** One series at one moment; `time` in Unix seconds. */
export interface PromSample extends Sample {
  readonly time: number;
}

/** A target of a scrape job, and how its last scrape went. */
export interface Target {
  readonly job: string;
  readonly instance: string;
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
  readonly intervalSeconds: number;
}

/** What of the configuration matters here; what cannot be read is left out. */
export interface PromConfig {
  readonly honorLabels: ReadonlyMap<string, boolean>;
  readonly jobs: readonly string[];
  readonly translationStrategy: string | undefined;
  readonly outOfOrderWindow: string | undefined;
}

/** Thousands of jobs; far more would keep the parser busy for longer than anybody waits. */
const MAX_CONFIG = 2 ** 20;

type Fields = Readonly<Record<string, unknown>>;

/** A Prometheus server, asked over its HTTP API. What comes back is checked before it is believed. */
export class PrometheusApi {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** Asks one of the paths under `/api/v1/`. */
  async get(path: string, form?: Readonly<Record<string, string>>): Promise<ApiResult<Fields> & { answer?: Answer }> {
    const asked = await ask(`${this.url}/api/v1/${path}`, form === undefined ? {} : asForm(form));
    if (!isAnswer(asked)) return { error: asked.reason };
    const body = fieldsOf(json(asked.text));
    if (body.status === 'success') return { data: fieldsOf(body.data), answer: asked };
    return { error: typeof body.error === 'string' ? body.error : whatAnswers(asked), answer: asked };
  }

  async query(promql: string): Promise<ApiResult<PromSample[]>> {
    const result = await this.get('query', { query: promql });
    if ('error' in result) return result;
    return { data: listOf(result.data.result).flatMap(sampleOf) };
  }

  async targets(): Promise<ApiResult<Target[]>> {
    const result = await this.get('targets?state=active');
    if ('error' in result) return result;
    return { data: listOf(result.data.activeTargets).map(targetOf) };
  }

  async config(): Promise<PromConfig | undefined> {
    const result = await this.get('status/config');
    return 'error' in result ? undefined : configOf(result.data.yaml);
  }
}

function asForm(form: Readonly<Record<string, string>>) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', headers, body: new URLSearchParams(form).toString() } as const;
}

function sampleOf(item: unknown): PromSample[] {
  const { metric, value } = fieldsOf(item);
  const [time, text] = listOf(value);
  const { __name__: name = '', ...labels } = textsOf(metric);
  const number = typeof text === 'string' ? toNumber(text) : undefined;
  return typeof time === 'number' && number !== undefined ? [{ name, labels, value: number, time }] : [];
}

function targetOf(item: unknown): Target {
  const fields = fieldsOf(item);
  const { scrapePool = '', scrapeUrl = '', health = '', lastError = '', scrapeInterval = '' } = textsOf(item);
  const { job = '', instance = '' } = textsOf(fields.labels);
  return { job, instance, scrapePool, scrapeUrl, health, lastError, intervalSeconds: secondsOf(scrapeInterval) };
}

function configOf(yaml: unknown): PromConfig | undefined {
  if (typeof yaml !== 'string' || yaml.length > MAX_CONFIG) return undefined;
  try {
    // Without aliases: a few lines of them can become gigabytes.
    const root = fieldsOf(parse(yaml, { maxAliasCount: 0, logLevel: 'silent' }));
    const jobs = listOf(root.scrape_configs).map(fieldsOf);
    return {
      jobs: jobs.map(({ job_name }) => String(job_name)),
      honorLabels: new Map(jobs.map(({ job_name, honor_labels }) => [String(job_name), honor_labels === true])),
      translationStrategy: textsOf(root.otlp).translation_strategy,
      outOfOrderWindow: textsOf(fieldsOf(root.storage).tsdb).out_of_order_time_window,
    };
  } catch {
    return undefined;
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** A duration as Prometheus writes it: `1m30s`; 0 for what is none. */
export function secondsOf(text: string): number {
  return [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}

export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The fields of a value that are texts. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
