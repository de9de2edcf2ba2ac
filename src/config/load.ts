import { OperatorError } from '../errors.ts';
import { Complaints, complaint } from './complaint.ts';
import type { ConfigFile } from './config-file.ts';
import { Effective, type EffectiveValue } from './effective.ts';
import type { ExporterTypes } from './exporter-type.ts';
import { resolveExporters } from './exporters.ts';
import { findConfigFile } from './find-file.ts';
import { type Format, many } from './format.ts';
import type { Sourced } from './origin.ts';
import type { Parse } from './parse.ts';
import { keysOf, type Setting } from './setting.ts';
import { CONFIG_FILE, type Config, SETTINGS, type SettingKey } from './settings.ts';
import { type Environment, type Fields, type FlagTexts, resolve, type Sources } from './sources.ts';
import { parseTargetAddress } from './target.ts';

/** Formats that stand on a library: half of what `--help` would load, if they were in the table that it shows. */
const FORMATS: { readonly [K in SettingKey]?: Format<Config[K & keyof Config]> } = {
  targets: many(parseTargetAddress),
};

const DEFAULT_SERVICE_NAME = 'peermeter';

export interface ResolveInit {
  /** By key of the settings table; `config` is the file. @default {} */
  readonly flags?: FlagTexts;
  /** @default {} */
  readonly env?: Environment;
  /** What exporters there can be. */
  readonly types: ExporterTypes;
}

/** The effective configuration, and what to tell the operator about it. */
export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read. */
  readonly file: string | undefined;
  /** All of it as a list, with who said what; secrets redacted. */
  readonly effective: readonly EffectiveValue[];
  /** Settings that were given but could not be followed to the letter. */
  readonly warnings: readonly string[];
}

/**
 * Puts the configuration together: flags over environment over file over defaults.
 *
 * Throws an OperatorError (`usage` when only flags are wrong, else `config`) with a line for each thing it cannot read:
 * where it stands, its key, and what was expected.
 */
export async function resolveConfig({ flags = {}, env = {}, types }: ResolveInit): Promise<LoadedConfig> {
  if (flags.config?.trim() === '') throw new OperatorError('usage', '--config is "", but must be a file');
  const path = findConfigFile(flags.config ?? CONFIG_FILE.env.map((name) => env[name]).find(isSaid), env);
  const file = path === undefined ? undefined : (await import('./config-file.ts')).readConfigFile(path);
  const complaints = new Complaints();
  const context = { env, directory: file?.directory, fileMode: file?.mode };
  const sources: Sources = { flags, env, context, complaints, warnings: [] };
  const fields = fieldsOf(file, complaints);

  const effective = new Effective();
  const resolved = resolveAll(fields, sources, effective);
  const { exporters: names, naming, exportIntervalMs, exportTimeoutMs, sdkDisabled, ...rest } = resolved;
  const exporters = resolveExporters(
    {
      names: sdkDisabled.value ? { value: [], origin: sdkDisabled.origin } : names,
      otherwise: () => resolve(SETTINGS.exporters, { env: false, fields }, sources),
      naming,
      intervalMs: exportIntervalMs,
      timeoutMs: exportTimeoutMs,
    },
    types,
    { sources, node: fields.get('exporters'), effective },
  );
  if (exporters.length === 0) effective.add(SETTINGS.exporters, { ...names, value: [] });
  complaints.throwIfAny();

  const values = Object.entries(rest).map(([key, { value }]) => [key, value]);
  const serviceName = rest.serviceName.value ?? rest.resourceAttributes.value['service.name'] ?? DEFAULT_SERVICE_NAME;
  const config = { ...Object.fromEntries(values), serviceName, exporters } as Config;
  return { config, file: path, effective: effective.values, warnings: sources.warnings };
}

type Resolved = { readonly [K in SettingKey]: Sourced<(typeof SETTINGS)[K]['default']> };

function resolveAll(fields: Fields, sources: Sources, effective: Effective): Resolved {
  const entries = (Object.keys(SETTINGS) as SettingKey[]).map((key) => {
    const format = FORMATS[key] ?? SETTINGS[key].format;
    const setting = { ...SETTINGS[key], format } as Setting<unknown>;
    const value = resolve(setting, { flag: key, fields }, sources);
    // Those are shown one by one, with all that is said of each.
    if (key !== 'exporters') effective.add(setting, value);
    return [key, value];
  });
  return Object.fromEntries(entries) as Resolved;
}

/** What stands in the file, by key. Complains about keys that no setting has. */
function fieldsOf(file: ConfigFile | undefined, complaints: Complaints): Fields {
  const root = file?.root;
  const entries =
    root === undefined ? [] : (complaints.attempt(() => root.entries((error) => complaints.add(error))) ?? []);
  const known = Object.values(SETTINGS).flatMap((setting) => keysOf(setting as Setting<unknown>));
  for (const { name, value } of entries) {
    if (!known.includes(name)) complaints.add(value.unknownKey(name, known));
  }
  return new Map(entries.map(({ name, value }) => [name, value]));
}

const isSaid = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

/** Reads a text; throws an OperatorError of this kind that names where it stands and what was expected. */
export function parsed<T>(parse: Parse<T>, text: string, where: string, kind: 'usage' | 'config'): T {
  try {
    return parse(text);
  } catch (error) {
    throw complaint(kind, { place: where, text, error });
  }
}
