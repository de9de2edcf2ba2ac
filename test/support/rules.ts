import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

const PROMETHEUS = join(import.meta.dirname, '..', '..', 'prometheus');

export const ALERTS_FILE = join(PROMETHEUS, 'rules', 'alerts.yml');

/** An alert of a rule file. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule file as Prometheus reads it. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: AlertRule[] }[];
}

/** One moment at which promtool compares an alert with what is expected of it. */
export interface RuleCase {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

export function readAlerts(): RuleFile {
  return parse(readFileSync(ALERTS_FILE, 'utf8')) as RuleFile;
}

/** All alerts of the file, in its order. */
export function alertRules(): AlertRule[] {
  return readAlerts().groups.flatMap(({ rules }) => rules);
}

/** The files with promtool's cases, by their names. */
export function ruleTestFiles(): { readonly name: string; readonly path: string }[] {
  const paths = globSync('*.yml', { cwd: join(PROMETHEUS, 'tests') }).sort();
  return paths.map((path) => ({ name: basename(path), path: join(PROMETHEUS, 'tests', path) }));
}

/** Every case about an alert in any of the files. */
export function ruleCases(): RuleCase[] {
  return ruleTestFiles().flatMap(({ path }) => {
    const { tests } = parse(readFileSync(path, 'utf8')) as { tests: { alert_rule_test?: RuleCase[] }[] };
    return tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
  });
}
