import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { exporterChanges } from '../../src/config/compare.ts';
import { load, newFolder } from '../support/config.ts';

/** Which exporters have to be ended, started and kept to come from one file to the other. */
async function changes(before: string, after: string, meanwhile = () => {}) {
  const one = (await load({ yaml: before })).config.exporters;
  meanwhile();
  const other = (await load({ yaml: after })).config.exporters;
  const { ended, started, kept } = exporterChanges(one, other);
  return [ended, started, kept].map((list) => list.map(({ name }) => name));
}

const BOTH = 'exporters:\n  prometheus:\n  otlp: { headers: { a: b } }\n';

describe('what is different between two configurations', () => {
  for (const [what, after, expected] of [
    ['nothing', BOTH, [[], [], ['prometheus', 'otlp']]],
    ['their order', 'exporters:\n  otlp: { headers: { a: b } }\n  prometheus:\n', [[], [], ['otlp', 'prometheus']]],
    ['what is no matter of exporters', `max-peers: 7\n${BOTH}`, [[], [], ['prometheus', 'otlp']]],
    ['where a value stands', `export-interval: 5s\n${BOTH}`, [[], [], ['prometheus', 'otlp']]],
    ['an interval of all that push', `export-interval: 6s\n${BOTH}`, [['otlp'], ['otlp'], ['prometheus']]],
    ['names of all', `metrics-naming: semantic\n${BOTH}`, [['prometheus', 'otlp'], ['prometheus', 'otlp'], []]],
    ['a secret', BOTH.replace('a: b', 'a: c'), [['otlp'], ['otlp'], ['prometheus']]],
    ['one header more', BOTH.replace('a: b', 'a: b, c: d'), [['otlp'], ['otlp'], ['prometheus']]],
    ['one exporter less', 'exporters: [prometheus]', [['otlp'], [], ['prometheus']]],
    ['one more', `${BOTH}  console:\n`, [[], ['console'], ['prometheus', 'otlp']]],
    ['the type of one', 'exporters:\n  prometheus:\n  otlp: { type: console }\n', [['otlp'], ['otlp'], ['prometheus']]],
  ] as const) {
    test(what, async () => assert.deepEqual(await changes(BOTH, after), expected));
  }

  test('what stands in a file of its own', async () => {
    const token = join(newFolder(), 'token');
    const write = (text: string) => writeFileSync(token, text, { mode: 0o600 });
    write('one');
    const yaml = `exporters:\n  otlp: { headers: { authorization: { file: ${token} } } }\n`;
    assert.deepEqual(await changes(yaml, yaml), [[], [], ['otlp']]);
    assert.deepEqual(await changes(yaml, yaml, () => write('two')), [['otlp'], ['otlp'], []]);
  });
});
