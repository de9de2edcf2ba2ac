import { NAMINGS, type Naming } from '../contract/naming.ts';
import { OperatorError } from '../errors.ts';
import type { Effective } from './effective.ts';
import type { ExporterConfig, ExporterType, ExporterTypes, PushTimes } from './exporter-type.ts';
import { one, optional } from './format.ts';
import { isFromOutside, placeOf, type Sourced } from './origin.ts';
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
  readonly naming: Sourced<Naming>;
  readonly intervalMs: Sourced<number>;
  readonly timeoutMs: Sourced<number | undefined>;
}

/** Where it is said what one exporter is like. */
export interface SaidOfOne {
  readonly name: string;
  /** Its mapping in the file. */
  readonly entry: YamlValue | undefined;
  readonly types: ExporterTypes;
  readonly sources: Sources;
  readonly effective: Effective;
}

/** One exporter while it is read. */
interface Reading extends SaidOfOne {
  readonly type: ExporterType;
  readonly typeName: string;
  readonly fields: Fields;
}

type Options = ReadonlyMap<string, Sourced<unknown>>;

/** Reads all that is said of one exporter. Throws an OperatorError for what makes it pointless to read on. */
export function resolveExporter(said: SaidOfOne, forAll: ForAll): ExporterConfig {
  const { name, entry, types, sources, effective } = said;
  const fields = fieldsOf(entry, sources);
  const typeName = typeOf(name, entry, fields, types);
  const reading = { ...said, fields, typeName, type: types[typeName] as ExporterType };
  const { type } = reading;
  refuseUnknown(reading);
  const within = ['exporters', name];
  effective.add(TYPE, { value: typeName, origin: fields.get('type')?.origin ?? { kind: 'default' } }, within);
  const naming = inherited(forAll.naming, own(OWN_NAMING, reading));
  effective.add(OWN_NAMING, naming, within);
  const options = optionsOf(reading);
  const push = type.pushes ? timesOf(reading, options, forAll) : undefined;
  // The time-out is among the times of the push.
  options.delete('timeout');
  for (const [field, value] of options) effective.add(type.fields[field] as Setting<unknown>, value, within);
  verify(reading, options);
  return { name, type: typeName, naming: naming.value, ...(push && { push }), options: valuesOf(options) };
}

function fieldsOf(entry: YamlValue | undefined, { complaints }: Sources): Fields {
  if (entry === undefined || entry.isNothing) return new Map();
  return new Map(entry.entries((error) => complaints.add(error)).map(({ name, value }) => [name, value]));
}

/** Flags and variables are for the exporter that is called as its type. */
const isStandard = ({ name, typeName }: Reading): boolean => name === typeName;

function own<T>(setting: Setting<T>, { fields, sources }: Reading): Sourced<T> {
  return resolve(setting, { env: false, fields }, sources);
}

function optionsOf(reading: Reading): Map<string, Sourced<unknown>> {
  const { type, typeName, fields, sources } = reading;
  const env = isStandard(reading);
  return new Map(
    Object.entries(type.fields).map(([field, setting]) => {
      const flag = env ? `${typeName}.${field}` : undefined;
      return [field, resolve(setting, { flag, env, fields }, sources)];
    }),
  );
}

function timesOf(reading: Reading, options: Options, forAll: ForAll): PushTimes {
  const { name, sources, effective } = reading;
  const interval = inherited(forAll.intervalMs, own(OWN_INTERVAL, reading));
  const ownTimeout = (options.get('timeout') as Sourced<number | undefined> | undefined) ?? own(OWN_TIMEOUT, reading);
  const timeout = shortest([ownTimeout, forAll.timeoutMs], interval, sources);
  effective.add(OWN_INTERVAL, interval, ['exporters', name]);
  effective.add(OWN_TIMEOUT, timeout, ['exporters', name]);
  return { intervalMs: interval.value, timeoutMs: timeout.value };
}

const valuesOf = (options: Options): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...options].map(([field, { value }]) => [field, value]));

/** Complains about options that do not go together, where the one to change was said. */
function verify(reading: Reading, options: Options): void {
  const { name, type, sources } = reading;
  for (const { field, problem } of type.verify?.(valuesOf(options), isStandard(reading)) ?? []) {
    const key = type.fields[field]?.key ?? field;
    const origin = options.get(field)?.origin ?? { kind: 'default' };
    const kind = origin.kind === 'flag' ? 'usage' : 'config';
    sources.complaints.add(new OperatorError(kind, `${placeOf(origin, `exporters.${name}.${key}`)} ${problem}`));
  }
}

function typeOf(name: string, entry: YamlValue | undefined, fields: Fields, types: ExporterTypes): string {
  const said = fields.get('type');
  if (said !== undefined) return said.scalar(oneOf(Object.keys(types)));
  if (Object.hasOwn(types, name)) return name;
  const choice = Object.keys(types).join(', ');
  if (entry === undefined) throw new OperatorError('config', `exporters.${name} must have a type: ${choice}`);
  return entry.fail(`must have a type: ${choice}`);
}

function refuseUnknown({ fields, type, sources }: Reading): void {
  const times = type.pushes ? [OWN_INTERVAL, OWN_TIMEOUT] : [];
  const known = [
    'type',
    ...[OWN_NAMING, ...times, ...Object.values(type.fields)].flatMap((one) => keysOf(one as Setting<unknown>)),
  ];
  for (const [key, value] of fields) {
    if (!known.includes(key)) sources.complaints.add(value.unknownKey(key, [...new Set(known)]));
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
