import type { ExporterConfig } from './exporter-type.ts';
import { Secret } from './secret.ts';

/** What has to be done to come from one list of exporters to another. One that has changed is ended and started. */
export interface ExporterChanges {
  readonly ended: readonly ExporterConfig[];
  readonly started: readonly ExporterConfig[];
  /** As they are now: nothing is said of them that was not said before. */
  readonly kept: readonly ExporterConfig[];
}

/** What is different between two lists of exporters, whose secrets and files were read when they were loaded. */
export function exporterChanges(before: readonly ExporterConfig[], after: readonly ExporterConfig[]): ExporterChanges {
  const known = new Map(before.map((config) => [config.name, config]));
  const kept = after.filter((config) => isSame(known.get(config.name), config));
  const names = new Set(kept.map(({ name }) => name));
  const others = (configs: readonly ExporterConfig[]) => configs.filter(({ name }) => !names.has(name));
  return { ended: others(before), started: others(after), kept };
}

/** Whether two values of a configuration are the same, secrets by what they hold. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret || b instanceof Secret) return a instanceof Secret && b instanceof Secret && a.equals(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key as keyof typeof a], b[key as keyof typeof b]));
}
