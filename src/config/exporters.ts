import { OperatorError } from '../errors.ts';
import { quoted } from './complaint.ts';
import type { Effective } from './effective.ts';
import type { ExporterConfig, ExporterTypes } from './exporter-type.ts';
import { nearest } from './nearest.ts';
import { type ForAll, resolveExporter } from './one-exporter.ts';
import { placeOf, type Sourced } from './origin.ts';
import type { Sources } from './sources.ts';
import type { YamlValue } from './yaml.ts';

/** Which exporters are on. */
export interface Chosen {
  readonly names: Sourced<readonly string[]>;
  /** What it is when the environment is not looked at. */
  readonly otherwise: () => Sourced<readonly string[]>;
}

/**
 * The exporters that are on: those of the command line or the environment, else those of the file, else the default.
 *
 * What a flag or a variable says for all goes before what the file says for one.
 */
export function resolveExporters(
  { names, otherwise, ...forAll }: Chosen & ForAll,
  types: ExporterTypes,
  { sources, node, effective }: { sources: Sources; node: YamlValue | undefined; effective: Effective },
): ExporterConfig[] {
  const list = node?.isMapping ? node.entries((error) => sources.complaints.add(error)) : [];
  const entries = new Map(list.map(({ name, value }) => [name, value]));
  const known = [...new Set([...Object.keys(types), ...entries.keys()])];
  const some = knownOf(names, known, sources);
  // A variable of which nothing is understood is as good as none.
  const isUnheard = names.origin.kind === 'environment' && some.length === 0 && names.value.length > 0;
  const exporters = (isUnheard ? knownOf(otherwise(), known, sources) : some).flatMap((name) => {
    const said = { name, entry: entries.get(name), types, sources, effective };
    return sources.complaints.attempt(() => resolveExporter(said, forAll)) ?? [];
  });
  refuseSharing(exporters, types, sources);
  warnOfUnused(exporters, types, sources);
  return exporters;
}

/** Names that neither the file nor the types know: complained about, or left out where OpenTelemetry asks for that. */
function knownOf({ value, origin }: Sourced<readonly string[]>, known: readonly string[], sources: Sources): string[] {
  return value.filter((name) => {
    if (known.includes(name)) return true;
    const meant = nearest(name, known);
    const advice = meant === undefined ? `known are ${known.join(', ')} and none` : `did you mean ${meant}?`;
    const what = `${placeOf(origin, 'exporters')} has ${JSON.stringify(name)}, which is no exporter: ${advice}`;
    if (origin.kind === 'environment') sources.warnings.push(`${what} (left out)`);
    else sources.complaints.add(new OperatorError(origin.kind === 'flag' ? 'usage' : 'config', what));
    return false;
  });
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
