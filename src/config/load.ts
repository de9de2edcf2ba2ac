import { messageOf, OperatorError } from '../errors.ts';
import { listOf, type Parse } from './parse.ts';
import { type Config, SETTINGS, type Setting, type SettingKey } from './settings.ts';
import { parseTargetAddress } from './target.ts';

/** Parsers that stand on a library: half of what `--help` would load, if they were in the table that it shows. */
const PARSERS: { readonly [K in SettingKey]?: Parse<Config[K]> } = { targets: listOf(parseTargetAddress) };

/** Texts given on the command line, by setting; repeated flags joined with commas. */
export type FlagTexts = Partial<Record<SettingKey, string>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The effective configuration, and what to tell the operator about it. */
export interface LoadedConfig {
  readonly config: Config;
  /** Settings that were given but could not be followed to the letter. */
  readonly warnings: readonly string[];
}

/**
 * Puts the configuration together: flags over environment over defaults.
 *
 * Throws an OperatorError (`usage` for a flag, `config` for a variable) that names the first setting it cannot read.
 */
export function loadConfig(flags: FlagTexts, env: Environment): LoadedConfig {
  const keys = Object.keys(SETTINGS) as SettingKey[];
  const values = Object.fromEntries(keys.map((key) => [key, settingValue(key, flags, env)])) as unknown as Config;
  const { exportIntervalMs, exportTimeoutMs } = values;
  if (exportTimeoutMs !== undefined && exportTimeoutMs > exportIntervalMs) {
    return {
      config: { ...values, exportTimeoutMs: exportIntervalMs },
      warnings: [
        `OTEL_METRIC_EXPORT_TIMEOUT ${exportTimeoutMs} is longer than OTEL_METRIC_EXPORT_INTERVAL: using ${exportIntervalMs}`,
      ],
    };
  }
  return { config: values, warnings: [] };
}

function settingValue(key: SettingKey, flags: FlagTexts, env: Environment): unknown {
  const setting: Setting<unknown> = SETTINGS[key];
  const parse = PARSERS[key] ?? setting.parse;
  const flagText = flags[key];
  if (flagText !== undefined) return parsed(parse, flagText, flagName(setting), 'usage');
  // The OpenTelemetry specification: an empty variable is as good as none.
  const variable = setting.env.find((name) => env[name] !== undefined && env[name]?.trim() !== '');
  if (variable !== undefined) {
    return parsed(setting.parseVariable?.[variable] ?? parse, env[variable] ?? '', variable, 'config');
  }
  return setting.default;
}

/** Reads a text; throws an OperatorError of this kind that names where it stands and what was expected. */
export function parsed<T>(parse: Parse<T>, text: string, where: string, kind: 'usage' | 'config'): T {
  try {
    return parse(text);
  } catch (error) {
    throw new OperatorError(kind, `${where} is ${JSON.stringify(text)}, but must be ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The long flag of a setting: `--max-peers`. */
export function flagName(setting: Setting<unknown>): string {
  return /--[a-z-]+/.exec(setting.flags ?? '')?.[0] ?? setting.env[0] ?? '';
}
