import type { Naming } from '../contract/naming.ts';
import type { Setting } from './setting.ts';

/** What can be said of the exporters of one type besides what all have in common. */
export type ExporterFields = Readonly<Record<string, Setting<unknown>>>;

/** The values of such fields. */
export type OptionsOf<F> = { readonly [K in keyof F]: F[K] extends Setting<infer T> ? T : never };

/** What is wrong with the options of an exporter: the field, and a sentence about it. */
export interface OptionsProblem {
  readonly field: string;
  readonly problem: string;
}

/** A type of exporters, as far as its configuration goes. */
export interface ExporterType {
  readonly help: string;
  /** Whether it sends by itself, again and again, and so has an interval and a time-out. */
  readonly pushes: boolean;
  /** Flags and variables of a field are for the exporter that has the name of its type. */
  readonly fields: ExporterFields;
  /** Looks at options that are fine each by itself; `isStandard` says that flags and variables are for this exporter. */
  verify?(options: Readonly<Record<string, unknown>>, isStandard: boolean): readonly OptionsProblem[];
  /** Of what no two exporters may have the same, with the field that says it: a file, a path. */
  unique?(options: Readonly<Record<string, unknown>>): { readonly field: string; readonly value: string };
}

export type ExporterTypes = Readonly<Record<string, ExporterType>>;

/** One exporter that is on. */
export interface ExporterConfig {
  /** What it is called in the file, in logs and in the metrics about the export. */
  readonly name: string;
  readonly type: string;
  readonly naming: Naming;
  /** Absent for one that is asked. */
  readonly push?: PushTimes;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface PushTimes {
  readonly intervalMs: number;
  /** A push that takes longer has failed; at most the interval. */
  readonly timeoutMs: number;
}
