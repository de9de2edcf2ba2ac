import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { flagName, keysOf, type Setting } from '../../src/config/setting.ts';
import { CONFIG_FILE, SETTINGS } from '../../src/config/settings.ts';
import { EXPORTER_TYPES } from '../../src/telemetry/exporters/index.ts';
import { load, newFolder } from '../support/config.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guide.md'), 'utf8');
const chapter = guide.slice(guide.indexOf('\n## Settings\n'), guide.indexOf('\n## Limits\n'));
const ofExporters = Object.values(EXPORTER_TYPES).flatMap(({ fields }) => Object.values(fields));
const settings = [...Object.values(SETTINGS), ...ofExporters] as Setting<unknown>[];

describe('the guide', () => {
  test('has every key, flag and variable', () => {
    const general = (name: string): string => name.replace(/(?<=OTLP_)METRICS_(?!ENDPOINT|TEMPORALITY)/, '');
    for (const setting of settings) {
      for (const key of keysOf(setting)) assert(chapter.includes(`\`${key}\``), key);
      if (setting.flags !== undefined) assert(chapter.includes(flagName(setting)), setting.flags);
      for (const name of setting.env.map(general)) {
        assert(chapter.includes(name) || chapter.includes(name.replace('OTEL_EXPORTER_OTLP', '…')), name);
      }
    }
    for (const name of [...CONFIG_FILE.env, '--config']) assert(chapter.includes(name));
  });

  test('names no flag or variable that there is not', () => {
    const flags = new Set([...settings.map(flagName), '--config', '--json']);
    for (const [flag] of chapter.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)) assert(flags.has(flag), flag);
    const variables = new Set([...settings.flatMap(({ env }) => env), ...CONFIG_FILE.env]);
    for (const [name] of chapter.matchAll(/\b(PEERMETER|OTEL)_[A-Z_]*[A-Z]\b/g)) assert(variables.has(name), name);
  });

  test('has an example that is right', async () => {
    const [, yaml = ''] = /```yaml\n(exporters:\n[^`]*)```/.exec(chapter) ?? [];
    const folder = newFolder();
    writeFileSync(join(folder, 'authorization'), 'Bearer x', { mode: 0o600 });
    const { config } = await load({ yaml: yaml.replace('/etc/peermeter', folder) });
    assert.deepEqual(
      config.exporters.map(({ name }) => name),
      ['otlp', 'backup', 'prometheus', 'archive'],
    );
  });
});
