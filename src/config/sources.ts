import { OperatorError } from '../errors.ts';
import { type Complaints, complaint } from './complaint.ts';
import type { Context, Format } from './format.ts';
import { type Origin, placeOf, type Sourced } from './origin.ts';
import { flagName, keysOf, type Setting } from './setting.ts';
import type { YamlValue } from './yaml.ts';

/** Texts given on the command line, by setting; repeated flags joined with commas. */
export type FlagTexts = Readonly<Record<string, string | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;
/** Keys of a mapping in the file, and what stands behind them. */
export type Fields = ReadonlyMap<string, YamlValue>;

/** Everything that settings are read from, and where what is wrong with them goes. */
export interface Sources {
  readonly flags: FlagTexts;
  readonly env: Environment;
  /** For what stands in the file. */
  readonly context: Context;
  readonly complaints: Complaints;
  /** What was given but could not be followed to the letter. */
  readonly warnings: string[];
}

/** Where one setting may have been said. */
export interface Said {
  /** What its flag is called in `flags`. */
  readonly flag?: string | undefined;
  /** @default true */
  readonly env?: boolean;
  readonly fields: Fields;
}

/**
 * The value of a setting: from its flag, else a variable, else the file, else its default. What cannot be read is
 * complained about, and the default stands in for it.
 */
export function resolve<T>(setting: Setting<T>, said: Said, sources: Sources): Sourced<T> {
  const fallback: Sourced<T> = { value: setting.default, origin: { kind: 'default' } };
  try {
    return (
      fromFlag(setting, said, sources) ??
      fromEnv(setting, said, sources) ??
      fromFile(setting, said, sources) ??
      fallback
    );
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    sources.complaints.add(error);
    return fallback;
  }
}

function fromFlag<T>(setting: Setting<T>, { flag }: Said, { flags, env }: Sources): Sourced<T> | undefined {
  const text = flag === undefined ? undefined : flags[flag];
  if (text === undefined) return undefined;
  const origin: Origin = { kind: 'flag', name: flagName(setting) };
  const format = setting.spellings?.[origin.name] ?? setting.format;
  return { value: readText(format, { text, origin, kind: 'usage', env }), origin };
}

function fromEnv<T>(setting: Setting<T>, said: Said, { env, warnings }: Sources): Sourced<T> | undefined {
  if (said.env === false) return undefined;
  for (const name of setting.env) {
    const text = env[name];
    // The OpenTelemetry specification: an empty variable is as good as none.
    if (text === undefined || text.trim() === '') continue;
    const origin: Origin = { kind: 'environment', name };
    try {
      const format = setting.spellings?.[name] ?? setting.format;
      return { value: readText(format, { text, origin, kind: 'config', env }), origin };
    } catch (error) {
      const mayBeLeftOut = name.startsWith('OTEL_') && setting.strict !== true;
      if (!mayBeLeftOut || !(error instanceof OperatorError)) throw error;
      warnings.push(`${error.message}: left out`);
    }
  }
  return undefined;
}

function fromFile<T>(setting: Setting<T>, { fields }: Said, { context }: Sources): Sourced<T> | undefined {
  const [given, other] = keysOf(setting).flatMap((key) => {
    const value = fields.get(key);
    return value === undefined ? [] : [{ key, value }];
  });
  if (given === undefined) return undefined;
  if (other !== undefined) return other.value.fail(`says what ${given.key} says: keep one of them`);
  const { key, value } = given;
  const format = setting.spellings?.[key] ?? setting.format;
  try {
    return { value: format.fromYaml(value, context), origin: value.origin };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw complaint('config', { place: placeOf(value.origin, value.key), error });
  }
}

interface Reading {
  readonly text: string;
  readonly origin: Origin;
  readonly kind: 'usage' | 'config';
  readonly env: Environment;
}

function readText<T>(format: Format<T>, { text, origin, kind, env }: Reading): T {
  try {
    return format.fromText(text, { env });
  } catch (error) {
    const shown = format.secret === true ? undefined : text;
    throw complaint(kind, { place: placeOf(origin, ''), text: shown, error });
  }
}
