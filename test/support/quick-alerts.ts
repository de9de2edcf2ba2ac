import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Collector } from '../../stack/collector.ts';
import { type Prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { forThisHost } from '../../stack/prometheus-config.ts';
import { alertRules, readAlerts } from './rules.ts';

const COMMITTED = join(import.meta.dirname, '..', '..', 'prometheus', 'prometheus.yml');

/** An alert that Prometheus holds to be true: `pending` until its `for` is over. */
export interface ActiveAlert {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
}

/** How a rule was last evaluated. */
export interface EvaluatedRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** The committed Prometheus configuration and alerts, hurried up. */
export interface QuickAlerts {
  readonly prometheus: Prometheus;
  active(): Promise<ActiveAlert[]>;
  evaluated(): Promise<EvaluatedRule[]>;
  stop(): Promise<void>;
}

/**
 * Starts a Prometheus with the committed configuration and a copy of the committed alerts in which no `for` and no
 * interval is longer than `forSeconds` and a second, nothing goes on firing once it is over, and what is looked up minute
 * by minute is looked up second by second. Windows, thresholds and everything else are as committed.
 *
 * @param scraped host:port of the daemons that are named in a target file
 */
export async function startQuickAlerts(
  collector: Collector,
  scraped: readonly string[],
  forSeconds: number,
): Promise<QuickAlerts> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-alerts-'));
  for (const name of ['rules', 'targets']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'targets', 'scraped.yml'), stringify([{ targets: scraped }]));
  await writeFile(join(folder, 'rules', 'alerts.yml'), stringify(hurried(forSeconds)));
  const config = parse(forThisHost(await readFile(COMMITTED, 'utf8'), collector.ports));
  config.global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));

  const prometheus = await startPrometheus({ config: join(folder, 'prometheus.yml') });
  const ask = async (path: string) => {
    const response = await fetch(`${prometheus.url}/api/v1/${path}`, { signal: AbortSignal.timeout(10_000) });
    return ((await response.json()) as { data: unknown }).data;
  };
  return {
    prometheus,
    active: async () => {
      const { alerts } = (await ask('alerts')) as { alerts: { labels: Record<string, string>; state: string }[] };
      return alerts.map(({ labels, state }) => ({
        name: labels.alertname ?? '',
        state: state as ActiveAlert['state'],
        labels,
      }));
    },
    evaluated: async () => {
      const { groups } = (await ask('rules')) as { groups: { rules: EvaluatedRule[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
    stop: async () => {
      await prometheus.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function hurried(forSeconds: number) {
  const groups = readAlerts().groups.map(({ name, rules }) => ({
    name,
    interval: '1s',
    rules: rules.map(({ keep_firing_for, ...rule }) => ({
      ...rule,
      expr: rule.expr.replace('[1h:1m]', '[1h:1s]'),
      ...(rule.for === undefined ? {} : { for: `${forSeconds}s` }),
    })),
  }));
  if (groups.flatMap(({ rules }) => rules).length !== alertRules().length) throw new Error('a rule got lost');
  return { groups };
}
