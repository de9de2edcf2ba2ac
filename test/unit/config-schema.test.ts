import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { configSchema } from '../../src/config/json-schema.ts';
import { EXPORTER_TYPES } from '../../src/telemetry/exporters/index.ts';
import { load } from '../support/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const schema = configSchema(EXPORTER_TYPES);
const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);

test('peermeter.schema.json is up to date (npm run docs)', () => {
  assert.equal(readFileSync(join(ROOT, 'peermeter.schema.json'), 'utf8'), `${JSON.stringify(schema, null, 2)}\n`);
});

test('every key has a description for whoever points at it', () => {
  const properties = (of: unknown) =>
    Object.entries((of as { properties: Record<string, { description?: string }> }).properties);
  const definitions = Object.values(schema.$defs as Record<string, unknown>);
  for (const [key, { description }] of [schema, ...definitions].flatMap(properties)) assert(description, key);
});

const ADDRESS = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p';

describe('an editor takes what the reader takes', () => {
  for (const yaml of [
    readFileSync(join(ROOT, 'peermeter.yaml'), 'utf8'),
    '# nothing\n',
    `dial: [${ADDRESS}]\nport: 1\nping-interval: 2\nping-timeout: 500ms\nhost-metrics: true\n`,
    `dial: ${ADDRESS}\n`,
    'processes: auto\n',
    'tuning: none\n',
    'tuning: [pruning, window-updates]\n',
    'exporters: none\n',
    'exporters: [prometheus, console]\n',
    'exporters:\n  prometheus:\n  otlp: { headers: { a: b, c: 1 }, timeout: 1s }\n',
    'exporters:\n  mine: { type: prometheus, path: /metrics/mine, naming: semantic }\n  otlp: { type: console, interval: 9s }\n',
    'exporters:\n  f: { type: file, path: x, max-size: 1MiB, max-files: 2, temporality: delta }\n',
    'resource-attributes: { a: 1, b: text, c: true }\n',
  ]) {
    test(JSON.stringify(yaml.slice(0, 60)), async () => {
      await load({ yaml });
      assert(validate(parse(yaml)), JSON.stringify(validate.errors));
    });
  }
});

describe('an editor marks what the reader refuses', () => {
  for (const yaml of [
    'colour: red\n',
    'port: many\n',
    'port: 70000\n',
    'max-peers: 0\n',
    'ping-interval: soon\n',
    'ping-handler: nobody\n',
    'tuning: [turbo]\n',
    'log-level: loud\n',
    'dial: [nonsense]\n',
    'exporters: [zipkin]\n',
    'exporters:\n  mine: {}\n',
    'exporters:\n  mine: { type: zipkin }\n',
    'exporters:\n  "A b": { type: otlp }\n',
    'exporters:\n  prometheus: { headers: {} }\n',
    'exporters:\n  prometheus: { path: /healthz }\n',
    'exporters:\n  otlp: { endpoint: nonsense }\n',
    'exporters:\n  otlp: { headers: { a: { fil: x } } }\n',
    'exporters:\n  f: { type: file, path: x, max-size: big }\n',
  ]) {
    test(JSON.stringify(yaml), async () => {
      await assert.rejects(load({ yaml }));
      assert(!validate(parse(yaml)));
    });
  }
});
