import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { keysOf, type Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { OperatorError } from '../../src/errors.ts';
import { EXPORTER_TYPES } from '../../src/telemetry/exporters/index.ts';
import { load } from '../support/config.ts';

const RUNS = 5000;

const settings = Object.values(SETTINGS) as Setting<unknown>[];
const fieldsOf = (type: string): string[] => Object.values(EXPORTER_TYPES[type]?.fields ?? {}).flatMap(keysOf);
const types = Object.keys(EXPORTER_TYPES);
const KEYS = settings.flatMap(keysOf).filter((key) => key !== 'exporters');
const COMMON = ['type', 'naming', 'interval', 'timeout'];
const VARIABLES = [...settings, ...types.flatMap((type) => Object.values(EXPORTER_TYPES[type]?.fields ?? {}))].flatMap(
  ({ env }) => env,
);

/** Texts that are right somewhere, nearly right, and wrong everywhere. */
const text = fc.oneof(
  fc.constantFrom(
    '1',
    '8001',
    '1s',
    '500ms',
    'none',
    'all',
    'true',
    'own',
    'held',
    'semantic',
    'delta',
    'gzip',
    'info',
  ),
  fc.constantFrom('https://c:4318', 'http://c', '/metrics', '/tmp/x.jsonl', '127.0.0.1', 'otlp', 'a=b', '10MiB'),
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '1e9',
    'NaN',
    '~',
    '!!binary x',
    '*a',
    '&a 1',
    '{',
    '[',
    '"',
    '%',
    'a=%',
    '\u202e',
    '\0',
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const awkward = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'max-pears', '', 'a b', '<<');
const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)) },
  { weight: 1, arbitrary: fc.array(text, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.oneof(text, awkward), text, { maxKeys: 3 }) },
);
const mapping = (keys: readonly string[], of: fc.Arbitrary<unknown>) =>
  fc
    .array(
      fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: awkward }), of),
      {
        maxLength: 5,
      },
    )
    .map((entries) => new Map(entries));
const exporter = fc
  .constantFrom(...types)
  .chain((type) =>
    fc
      .tuple(mapping([...COMMON, ...fieldsOf(type)], value), fc.boolean())
      .map(([fields, named]) => (named ? new Map([...fields, ['type', type]]) : fields)),
  );
const exporters = fc.oneof(mapping([...types, 'mine', 'Other', 'x y'], exporter), value);
const file = fc
  .tuple(mapping(KEYS, value), fc.option(exporters, { nil: undefined }))
  .map(([fields, list]) => (list === undefined ? fields : new Map<string, unknown>([...fields, ['exporters', list]])));

/** A file made of parts that know what a file is, one that is any text, or one of these with a few letters changed. */
const yaml = fc.oneof(
  { weight: 8, arbitrary: file.map((content) => stringify(content)) },
  {
    weight: 3,
    arbitrary: fc.tuple(file, fc.nat(), fc.string({ maxLength: 3 })).map(([content, at, bit]) => {
      const written = stringify(content);
      const from = at % (written.length + 1);
      return written.slice(0, from) + bit + written.slice(from + 1);
    }),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
);
const env = fc.dictionary(fc.constantFrom(...VARIABLES.filter((name) => name !== 'PEERMETER_CONFIG')), text, {
  maxKeys: 3,
});

/** What every complaint must name: a key of the file, or a variable. */
const NAMED = new RegExp(
  ['exporters', ...KEYS, ...VARIABLES, 'is no key', 'is refused as a key', 'is there twice']
    .map((name) => `(${name})`)
    .join('|'),
);
/** Where there are no keys yet: YAML that is broken, or is no mapping. */
const WHOLE_FILE = /peermeter\.yaml(:\d+:\d+:)? /;

test(`${RUNS} generated configurations: taken, or refused with status 78 in lines that name place and key`, {
  timeout: 120_000,
}, async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(yaml, env, async (yaml, env) => {
      try {
        await load({ yaml, env });
      } catch (error) {
        refused++;
        assert(error instanceof OperatorError, `${(error as Error).stack}`);
        assert.equal(error.exitStatus, 78);
        const lines = error.message.split('\n');
        assert(lines.length <= 21);
        for (const line of lines) {
          if (/^and \d+ more$/.test(line)) continue;
          assert.match(line, /^\S+/);
          assert.doesNotMatch(line, /\n|\bat .*\.ts:\d|[\u0000-\u001f\u007f-\u009f\u202a-\u202e]|undefined|\[object/);
          assert(NAMED.test(line) || WHOLE_FILE.test(line), line);
        }
      }
    }),
    // The same ones each time, so that what fails can be looked at; another seed looks elsewhere.
    { numRuns: RUNS, seed: 20_261_123 },
  );
  // Neither half is empty.
  assert(refused > RUNS / 10 && refused < RUNS * 0.98, String(refused));
});
