import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from '../../grafana/src/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A dashboard as the checked-in file has it: what Grafana will read, not what the code meant. */
export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelOfFile[];
  readonly templating: { readonly list: readonly VariableOfFile[] };
  readonly [more: string]: unknown;
}

export interface PanelOfFile {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly TargetOfFile[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface TargetOfFile {
  readonly refId: string;
  readonly expr: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly datasource?: { readonly type: string; readonly uid: string };
}

export interface VariableOfFile {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly allValue?: string;
  readonly current: { readonly value: string | readonly string[] };
}

/** All dashboards that are checked in. */
export const dashboardFiles = (): DashboardFile[] =>
  Object.keys(DASHBOARDS).map((file) => JSON.parse(readFileSync(join(ROOT, 'grafana', 'dashboards', file), 'utf8')));

/** One query of one panel, and where it stands. */
export interface PanelQuery extends TargetOfFile {
  /** `dashboard / panel / letter`, for messages. */
  readonly where: string;
}

export const queriesOf = (dashboard: DashboardFile): PanelQuery[] =>
  dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ ...target, where: `${dashboard.uid} / ${title} / ${target.refId}` })),
  );

/** What is chosen on a dashboard. */
export interface Choice {
  /** Values by variable; what is not named has its default, which is all. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** @default 900 */
  readonly rangeSeconds?: number;
  /** Of the data source (timeInterval). @default 5 */
  readonly scrapeSeconds?: number;
}

/** Where Grafana rounds the time between two points, in seconds, and to what. */
const STEPS = [
  [7.5, 5],
  [12.5, 10],
  [17.5, 15],
  [25, 20],
  [45, 30],
  [90, 60],
  [210, 120],
  [450, 300],
  [750, 600],
  [1050, 900],
  [1500, 1200],
] as const;

/** The time between two points of a graph, `$__interval`: a thousand points, but no closer than the scrapes. */
export function stepSeconds({ rangeSeconds = 900, scrapeSeconds = 5 }: Choice): number {
  const exact = Math.max(rangeSeconds / 1000, scrapeSeconds);
  return Math.max(scrapeSeconds, STEPS.find(([below]) => exact < below)?.[1] ?? 1800);
}

/** A query with its variables put in as Grafana's Prometheus data source does it. Throws at one it does not know. */
export function interpolate(expr: string, variables: readonly VariableOfFile[], choice: Choice = {}): string {
  const { rangeSeconds = 900, scrapeSeconds = 5 } = choice;
  const step = stepSeconds(choice);
  const known: Readonly<Record<string, string>> = {
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + scrapeSeconds, 4 * scrapeSeconds)}s`,
    __range: `${rangeSeconds}s`,
  };
  return expr.replace(/\$(?:{(\w+)}|(\w+))/g, (_, braced, bare) => {
    const name = braced ?? bare;
    const variable = variables.find((one) => one.name === name);
    const value = known[name] ?? (variable && chosenValue(variable, choice.values?.[name]));
    if (value === undefined) throw new Error(`no variable ${name} in ${expr}`);
    return value;
  });
}

function chosenValue(
  { current, allValue = '.*' }: VariableOfFile,
  chosen: readonly string[] = [current.value].flat(),
): string {
  if (chosen.includes('$__all')) return allValue;
  const escaped = chosen.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\\\$&'));
  return escaped.length === 1 ? String(escaped[0]) : `(${escaped.join('|')})`;
}
