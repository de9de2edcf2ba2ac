import type { ExporterType, ExporterTypes } from './exporter-type.ts';
import type { Json, JsonSchema } from './json.ts';
import { OWN_INTERVAL, OWN_NAMING, OWN_TIMEOUT } from './one-exporter.ts';
import { keysOf, type Setting } from './setting.ts';
import { SETTINGS } from './settings.ts';

/** The JSON Schema of configuration files, for editors. It is no stricter than the reader. */
export function configSchema(types: ExporterTypes): JsonSchema {
  const { exporters, ...settings } = SETTINGS;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'peermeter',
    description: 'A configuration file of peermeter: peermeter check --config FILE says what it comes to.',
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      ...propertiesOf(Object.values(settings) as Setting<unknown>[]),
      exporters: { description: exporters.help, ...exportersSchema(types) },
    },
    $defs: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, exporterSchema(name, type)])),
  };
}

function propertiesOf(settings: readonly Setting<unknown>[]): Record<string, Json> {
  const entries = settings.flatMap((setting) => keysOf(setting).map((key) => [key, propertyOf(setting, key)] as const));
  return Object.fromEntries(entries);
}

function propertyOf({ help, format, spellings, default: fallback }: Setting<unknown>, key: string): JsonSchema {
  const { schema } = spellings?.[key] ?? format;
  const shown = fallback === undefined ? undefined : format.show(fallback);
  return { description: help, ...schema, ...(shown === undefined ? {} : { default: shown }) };
}

function exportersSchema(types: ExporterTypes): JsonSchema {
  const names = Object.keys(types);
  const named = Object.fromEntries(names.map((name) => [name, { anyOf: [{ $ref: `#/$defs/${name}` }, typed(names)] }]));
  return {
    anyOf: [
      { enum: ['none', ...names] },
      { type: 'array', items: { enum: names } },
      {
        type: 'object',
        propertyNames: { pattern: '^[a-z][a-z0-9_-]{0,31}$' },
        properties: named,
        additionalProperties: typed(names),
        maxProperties: 16,
      },
    ],
  };
}

/** One whose name says nothing of its type. */
function typed(names: readonly string[]): JsonSchema {
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: names } },
    allOf: names.map((name) => ({
      if: { properties: { type: { const: name } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { $ref: `#/$defs/${name}` },
    })),
  };
}

function exporterSchema(name: string, { help, pushes, fields }: ExporterType): JsonSchema {
  const times = pushes ? [OWN_INTERVAL, OWN_TIMEOUT] : [];
  return {
    description: help,
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      type: { const: name, description: 'what kind of exporter it is' },
      ...propertiesOf([OWN_NAMING, ...times, ...Object.values(fields)] as Setting<unknown>[]),
    },
  };
}
