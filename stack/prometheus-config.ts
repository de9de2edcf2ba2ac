import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOOPBACK } from './ports.ts';

const PROMETHEUS_FOLDER = fileURLToPath(new URL('../prometheus', import.meta.url));

/** What Prometheus is to scrape under one job name. */
export interface ScrapeJob {
  readonly job: string;
  /** The whole address of one target, path included: `http://127.0.0.1:8889/metrics`. */
  readonly url?: string;
  /** Targets as `host:port`, where there are several; `path` then says where on each. */
  readonly targets?: readonly string[];
  /** @default '/metrics', or the path of `url` */
  readonly path?: string;
  /** Keep the job and instance labels that the scraped series bring: right for the Collector's exporter. @default false */
  readonly honorLabels?: boolean;
  /** @default 1000 */
  readonly intervalMs?: number;
}

/** Shared with prometheus/prometheus.yml, which a test compares. */
export const SERVER_OPTIONS = {
  storage: { tsdb: { out_of_order_time_window: '10m' } },
  otlp: { translation_strategy: 'UnderscoreEscapingWithoutSuffixes' },
} as const;

/** How long the data of `npm run stack` and of docker-compose.yml is kept, and how much of it: whichever comes first. */
export const RETENTION = { time: '7d', size: '1GB' } as const;

/** A configuration that scrapes these jobs, every second unless told otherwise. JSON, which is YAML. */
export function scrapeConfig(jobs: readonly ScrapeJob[], ruleFiles: readonly string[] = []): string {
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: jobs.map(scrapeJob),
    ...SERVER_OPTIONS,
  };
  return JSON.stringify(config, null, 2);
}

function scrapeJob({ job, url, targets = [], path, honorLabels = false, intervalMs = 1_000 }: ScrapeJob) {
  const { host, pathname, protocol } = url === undefined ? defaultTarget() : new URL(url);
  return {
    job_name: job,
    scheme: protocol.slice(0, -1),
    metrics_path: path ?? pathname,
    honor_labels: honorLabels,
    scrape_interval: `${intervalMs}ms`,
    scrape_timeout: `${intervalMs}ms`,
    static_configs: [{ targets: url === undefined ? targets : [host, ...targets] }],
  };
}

function defaultTarget() {
  return { host: '', pathname: '/metrics', protocol: 'http:' };
}

/** The Collector's ports that Prometheus scrapes. */
interface ScrapedPorts {
  readonly prometheus: number;
  readonly self: number;
}

/**
 * Writes prometheus/prometheus.yml for programs on this host into `folder`, with its rules beside it, and returns its
 * path.
 *
 * @param targets the folder with files of daemons to scrape. @default prometheus/targets
 */
export async function writeNativeConfig(
  folder: string,
  collector: ScrapedPorts,
  targets = join(PROMETHEUS_FOLDER, 'targets'),
): Promise<string> {
  const written = await readFile(join(PROMETHEUS_FOLDER, 'prometheus.yml'), 'utf8');
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, forThisHost(written, collector));
  // Rule and target files are named relative to the configuration file.
  await symlink(join(PROMETHEUS_FOLDER, 'rules'), join(folder, 'rules'));
  await symlink(targets, join(folder, 'targets'));
  return config;
}

/**
 * prometheus/prometheus.yml as written for containers, for programs that run on this host: the Collector and the
 * daemons are then all on 127.0.0.1.
 */
export function forThisHost(config: string, collector: ScrapedPorts): string {
  return config
    .replaceAll('otel-collector:8889', `${LOOPBACK}:${collector.prometheus}`)
    .replaceAll('otel-collector:8888', `${LOOPBACK}:${collector.self}`)
    .replaceAll('host.docker.internal', LOOPBACK);
}
