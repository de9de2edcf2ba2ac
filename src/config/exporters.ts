import { NAMINGS, type Naming } from '../contract/naming.ts';
import { OperatorError } from '../errors.ts';
import { quoted } from './complaint.ts';
import type { Effective } from './effective.ts';
import type { ExporterConfig, ExporterType, ExporterTypes, PushTimes } from './exporter-type.ts';
import { one, optional } from './format.ts';
import { nearest } from './nearest.ts';
import { isFromOutside, type Origin, placeOf, type Sourced } from './origin.ts';
import { duration, oneOf, text } from './parse.ts';
import { keysOf, type Setting, setting } from './setting.ts';
import { type Fields, resolve, type Sources } from './sources.ts';
import type { YamlValue } from './yaml.ts';

/** What all exporters can be told in the file; without a word it is as the settings for all say. */
export const OWN_NAMING = setting<Naming | undefined>({
  key: 'naming',
  env: [],
  format: optional(one(oneOf(NAMINGS))),
  default: undefined,
  help: 'documented or semantic names (default: metrics-naming)',
});
export const OWN_INTERVAL = setting<number | undefined>({
  key: 'interval',
  env: [],
  format: optional(one(duration(100, 3_600_000))),
  default: undefined,
  help: 'time between two pushes (default: export-interval)',
});
export const OWN_TIMEOUT = setting<number | undefined>({
  key: 'timeout',
  env: [],
  format: optional(one(duration(0, 3_600_000))),
  default: undefined,
  help: 'a push that takes longer has failed (default: export-timeout)',
});

const TYPE = setting({ key: 'type', env: [], format: one(text), default: '', help: 'what kind of exporter it is' });

/** What the settings for all exporters say. */
export interface ForAll {
  readonly names: Sourced<readonly string[]>;
  readonly naming: Sourced<Naming>;
  readonly intervalMs: Sourced<number>;
  readonly timeoutMs: Sourced<number | undefined>;
}

/**
 * The exporters that are on: those of the command line or the environment, else those of the file, else the default.
 *
 * What a flag or a variable says for all goes before what the file says for one.
 */
export function resolveExporters(
  { names, ...forAll }: ForAll,
  types: ExporterTypes,
  { sources, node, effective }: { sources: Sources; node: YamlValue | undefined; effective: Effective },
): ExporterConfig[] {
  const list = node?.isMapping ? node.entries((error) => sources.complaints.add(error)) : [];
  const entries = new Map(list.map(({ name, value }) => [name, value]));
  const exporters = chosen(names, entries, types, sources).flatMap((name) => {
    const said = { name, entry: entries.get(name), types, sources, effective };
    return sources.complaints.attempt(() => resolveExporter(said, forAll)) ?? [];
  });
  refuseSharing(exporters, types, sources);
  warnOfUnused(exporters, types, sources);
  return exporters;
}

/** Names that neither the file nor the types know: complained about, or left out where OpenTelemetry asks for that. */
function chosen(names: Sourced<readonly string[]>, entries: Fields, types: ExporterTypes, sources: Sources): string[] {
  const known = [...new Set([...Object.keys(types), ...entries.keys()])];
  const { origin } = names;
  return names.value.filter((name) => {
    if (known.includes(name)) return true;
    const meant = nearest(name, known);
    const advice = meant === undefined ? `known are ${known.join(', ')} and none` : `did you mean ${meant}?`;
    const what = `${placeOf(origin, 'exporters')} has ${JSON.stringify(name)}, which is no exporter: ${advice}`;
    if (origin.kind === 'environment') sources.warnings.push(`${what} (left out)`);
    else sources.complaints.add(new OperatorError(origin.kind === 'flag' ? 'usage' : 'config', what));
    return false;
  });
}

interface SaidOfOne {
  readonly name: string;
  /** Its mapping in the file. */
  readonly entry: YamlValue | undefined;
  readonly types: ExporterTypes;
  readonly sources: Sources;
  readonly effective: Effective;
}

/** Throws an OperatorError for what makes it pointless to read on. */
function resolveExporter(
  { name, entry, types, sources, effective }: SaidOfOne,
  forAll: Omit<ForAll, 'names'>,
): ExporterConfig {
  const fields: Fields = new Map(
    entry === undefined || entry.isNothing
      ? []
      : entry.entries((error) => sources.complaints.add(error)).map((each) => [each.name, each.value]),
  );
  const typeName = typeOf(name, entry, fields, types);
  const type = types[typeName] as ExporterType;
  refuseUnknown(fields, type, sources);
  const own = <T>(setting: Setting<T>): Sourced<T> => resolve(setting, { env: false, fields }, sources);
  const within = ['exporters', name];

  effective.add(TYPE, { value: typeName, origin: typeOrigin(fields) }, within);
  const naming = inherited(forAll.naming, own(OWN_NAMING));
  effective.add(OWN_NAMING, naming, within);
  const isStandard = name === typeName;
  const known = Object.entries(type.fields).map(([field, setting]) => {
    const flag = isStandard ? `${typeName}.${field}` : undefined;
    return [field, resolve(setting, { flag, env: isStandard, fields }, sources)] as const;
  });
  const values = new Map(known);
  let push: PushTimes | undefined;
  if (type.pushes) {
    const interval = inherited(forAll.intervalMs, own(OWN_INTERVAL));
    const ownTimeout = (values.get('timeout') as Sourced<number | undefined> | undefined) ?? own(OWN_TIMEOUT);
    const timeout = shortest([ownTimeout, forAll.timeoutMs], interval, sources);
    effective.add(OWN_INTERVAL, interval, within);
    effective.add(OWN_TIMEOUT, timeout, within);
    push = { intervalMs: interval.value, timeoutMs: timeout.value };
  }
  for (const [field, value] of known) {
    if (field !== 'timeout') effective.add(type.fields[field] as Setting<unknown>, value, within);
  }
  // The time-out is among the times of the push.
  const options = Object.fromEntries(
    known.flatMap(([field, { value }]) => (field === 'timeout' ? [] : [[field, value]])),
  );
  for (const { field, problem } of type.verify?.(options, isStandard) ?? []) {
    const key = type.fields[field]?.key ?? field;
    const origin = values.get(field)?.origin ?? { kind: 'default' };
    const kind = origin.kind === 'flag' ? 'usage' : 'config';
    sources.complaints.add(new OperatorError(kind, `${placeOf(origin, `exporters.${name}.${key}`)} ${problem}`));
  }
  return { name, type: typeName, naming: naming.value, ...(push && { push }), options };
}

const typeOrigin = (fields: Fields): Origin => fields.get('type')?.origin ?? { kind: 'default' };

function typeOf(name: string, entry: YamlValue | undefined, fields: Fields, types: ExporterTypes): string {
  const said = fields.get('type');
  if (said !== undefined) return said.scalar(oneOf(Object.keys(types)));
  if (Object.hasOwn(types, name)) return name;
  const choice = Object.keys(types).join(', ');
  if (entry === undefined) throw new OperatorError('config', `exporters.${name} must have a type: ${choice}`);
  return entry.fail(`must have a type: ${choice}`);
}

function refuseUnknown(fields: Fields, type: ExporterType, { complaints }: Sources): void {
  const times = type.pushes ? [OWN_INTERVAL, OWN_TIMEOUT] : [];
  const known = [
    'type',
    ...[OWN_NAMING, ...times, ...Object.values(type.fields)].flatMap((one) => keysOf(one as Setting<unknown>)),
  ];
  for (const [key, value] of fields) {
    if (!known.includes(key)) complaints.add(value.unknownKey(key, [...new Set(known)]));
  }
}

/** A flag or a variable for all, else what the file says of the one, else what it says of all. */
function inherited<T>(forAll: Sourced<T>, own: Sourced<T | undefined>): Sourced<T> {
  if (isFromOutside(forAll.origin) || own.value === undefined) return forAll;
  return { value: own.value, origin: own.origin };
}

/**
 * The shortest of the times that were said, which is never longer than the interval: a push that is given up while the
 * exporter goes on trying would deliver older points after newer ones.
 */
function shortest(
  said: readonly Sourced<number | undefined>[],
  interval: Sourced<number>,
  { warnings }: Sources,
): Sourced<number> {
  // The OpenTelemetry specification: a time-out of 0 is none.
  const limits = said.flatMap(({ value, origin }) => (value === undefined || value === 0 ? [] : [{ value, origin }]));
  const [first] = limits.sort((a, b) => a.value - b.value);
  if (first === undefined) return interval;
  if (first.value <= interval.value) return first;
  const place = placeOf(first.origin, 'timeout');
  warnings.push(`${place} is ${first.value} ms, longer than the ${interval.value} ms between two pushes: using those`);
  return interval;
}

/** Two exporters must not write one file, or answer on one path. */
function refuseSharing(exporters: readonly ExporterConfig[], types: ExporterTypes, { complaints }: Sources): void {
  const taken = new Map<string, string>();
  for (const { name, type, options } of exporters) {
    const sole = types[type]?.unique?.(options);
    if (sole === undefined) continue;
    const key = `${type} ${sole.value}`;
    const other = taken.get(key);
    taken.set(key, name);
    if (other === undefined) continue;
    const what = `exporters.${name}.${sole.field} is ${quoted(sole.value)}, as is that of ${other}: each needs its own`;
    complaints.add(new OperatorError('config', what));
  }
}

/** `OTEL_EXPORTER_OTLP_ENDPOINT` without an exporter of that name does nothing, which whoever set it should know. */
function warnOfUnused(exporters: readonly ExporterConfig[], types: ExporterTypes, { env, warnings }: Sources): void {
  for (const [name, type] of Object.entries(types)) {
    if (!exporters.some((one) => one.type === name) || exporters.some((one) => one.name === name)) continue;
    const set = Object.values(type.fields).flatMap((field) => field.env.filter((variable) => env[variable]?.trim()));
    for (const variable of set) {
      warnings.push(`${variable} is for the exporter named ${name}, and there is none: what is in the file counts`);
    }
  }
}
