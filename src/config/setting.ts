import type { Format } from './format.ts';

/** One thing an operator may set. */
export interface Setting<T> {
  /** Its key in the file; none for what only the environment sets. */
  readonly key?: string;
  /** Command-line flag as the help shows it; none where the command line is no place for it. */
  readonly flags?: string;
  /** Environment variables, the first that is set counts. */
  readonly env: readonly string[];
  readonly format: Format<T>;
  /** Flags, variables, and keys of the file besides `key`, whose text is read in another way. */
  readonly spellings?: Readonly<Record<string, Format<T>>>;
  readonly default: T;
  readonly help: string;
  /** A flag that may be given several times; its values are joined with commas. */
  readonly repeatable?: true;
  /**
   * An `OTEL_` variable that cannot be read is said and left out, as OpenTelemetry's specification asks. Not here: to go
   * on without it would send telemetry to the wrong place, or without what protects it.
   */
  readonly strict?: true;
}

export const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** The long flag of a setting: `--max-peers`. */
export function flagName(setting: Setting<unknown>): string {
  return /--[a-z-]+/.exec(setting.flags ?? '')?.[0] ?? '';
}

/** The keys a setting may have in the file, the one that counts first in front. */
export function keysOf({ key, spellings = {} }: Setting<unknown>): readonly string[] {
  const others = Object.keys(spellings).filter((name) => /^[a-z]/.test(name));
  return key === undefined ? others : [...others, key];
}
