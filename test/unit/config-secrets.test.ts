import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { Headers } from '../../src/config/headers.ts';
import { configJson, configYaml } from '../../src/config/print.ts';
import { Secret } from '../../src/config/secret.ts';
import { load, newFolder, problems } from '../support/config.ts';

const CANARY = 'canary-7f3a9c';

/** A file that holds a text, with these permissions. */
function secretFile(text: string, mode = 0o600): string {
  const file = join(newFolder(), 'token');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

const header = (value: string, name = 'authorization'): string =>
  `exporters:\n  otlp: { endpoint: "https://c", headers: { ${name}: ${value} } }\n`;

const revealed = async (yaml: string, env = {}): Promise<string | undefined> => {
  const { headers } = ((await load({ yaml, env })).config.exporters[0]?.options ?? {}) as { headers: Headers };
  return headers.authorization?.reveal();
};

describe('a secret', () => {
  test('comes from a file, without the line end behind it', async () => {
    assert.equal(await revealed(header(`{ file: ${secretFile(`Bearer ${CANARY}\n`)} }`)), `Bearer ${CANARY}`);
  });

  test('comes from a systemd credential', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'otlp'), CANARY, { mode: 0o400 });
    assert.equal(await revealed(header('{ credential: otlp }'), { CREDENTIALS_DIRECTORY: folder }), CANARY);
  });

  test('stands in the file itself, when nobody else can read it', async () => {
    assert.equal(await revealed(header(CANARY)), CANARY);
    const { status, lines } = await problems({ yaml: header(CANARY), mode: 0o644 });
    assert.equal(status, 78);
    assert.match(
      lines.join(),
      /^peermeter\.yaml:2:60: .*headers\.authorization stands in a file that others can read: run chmod 600 .*or name a file/,
    );
    const inUrl = await problems({ yaml: 'exporters: { otlp: { endpoint: "https://u:p@c" } }', mode: 0o640 });
    assert.match(inUrl.lines.join(), /exporters\.otlp\.endpoint stands in a file that others can read/);
    // What is no credential may stand anywhere.
    await load({ yaml: header('net', 'x-team'), mode: 0o644 });
  });

  for (const mode of [0o640, 0o604, 0o660, 0o644, 0o777]) {
    test(`is refused from a file with mode ${mode.toString(8)}`, async () => {
      const file = secretFile(CANARY, mode);
      const { status, lines } = await problems({ yaml: header(`{ file: ${file} }`) });
      assert.equal(status, 78);
      assert.match(lines.join(), /headers\.authorization token can be read by others: run chmod 600 token$/);
    });
  }

  for (const [what, value, env, expected] of [
    [
      'a file that is not there',
      '{ file: /nowhere/token }',
      {},
      /\/nowhere\/token cannot be read: there is no such file$/,
    ],
    ['a folder', '{ file: / }', {}, /\/ is not a file$/],
    ['an empty file', `{ file: ${secretFile('\n')} }`, {}, /token is empty$/],
    [
      'a file of several lines',
      `{ file: ${secretFile(`${CANARY}\nmore`)} }`,
      {},
      /holds characters that no header may have/,
    ],
    ['a huge file', `{ file: ${secretFile(CANARY.repeat(10_000))} }`, {}, /is larger than 64 KiB$/],
    ['a credential without systemd', '{ credential: otlp }', {}, /\$CREDENTIALS_DIRECTORY is not set/],
    [
      'a credential outside',
      '{ credential: ../otlp }',
      { CREDENTIALS_DIRECTORY: '/tmp' },
      /must be the name of a systemd credential$/,
    ],
    ['nothing', '{}', {}, /must be a text, \{ file: PATH \} or \{ credential: NAME \}$/],
    ['two sources', '{ file: a, credential: b }', {}, /must be a text, \{ file: PATH \}/],
    ['a list', `[${CANARY}]`, {}, /must have one value$/],
  ] as const) {
    test(`from ${what} is refused`, async () => {
      const { status, lines } = await problems({ yaml: header(value), env });
      assert.equal(status, 78);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /^peermeter\.yaml:2:\d+: exporters\.otlp\.headers\.authorization /);
      assert.match(lines[0] ?? '', expected);
      assert.doesNotMatch(lines[0] ?? '', new RegExp(CANARY));
    });
  }
});

test('a secret shows itself to nobody who has not asked for it', () => {
  const secret = new Secret(CANARY);
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
  ];
  assert.doesNotMatch(shown.join(), new RegExp(CANARY));
  assert(secret.equals(new Secret(CANARY)) && !secret.equals(new Secret('other')));
});

describe('a canary is in no output', () => {
  const taken: [string, string, Record<string, string>][] = [
    ['a header in the file', header(CANARY), {}],
    ['a header in a file of its own', header(`{ file: ${secretFile(CANARY)} }`), {}],
    ['headers in a variable', '', { OTEL_EXPORTER_OTLP_HEADERS: `authorization=${CANARY}` }],
    [
      'credentials and a query in the endpoint',
      `exporters: { otlp: { endpoint: "https://u:${CANARY}@c?key=${CANARY}" } }`,
      {},
    ],
    ['the same in a variable', '', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `https://u:${CANARY}@c/?key=${CANARY}` }],
  ];
  for (const [what, yaml, env] of taken) {
    test(`of check: ${what}`, async () => {
      const loaded = await load({ yaml, env });
      const shown = configYaml(loaded) + configJson(loaded) + inspect(loaded.effective, { depth: 9 }) + loaded.warnings;
      assert.doesNotMatch(shown, new RegExp(CANARY));
    });
  }

  const refused: [string, string, Record<string, string>][] = [
    ['an endpoint that is none', `exporters: { otlp: { endpoint: "c:${CANARY}@x" } }`, {}],
    ['plain http', `exporters: { otlp: { endpoint: "http://u:${CANARY}@c.example/?k=${CANARY}" } }`, {}],
    ['the same in a variable', '', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://u:${CANARY}@c.example` }],
    ['headers that are a text', `exporters: { otlp: { headers: ${CANARY} } }`, {}],
    ['headers that are a list', `exporters: { otlp: { headers: [${CANARY}] } }`, {}],
    ['a secret for a name', `exporters: { otlp: { headers: { "Bearer ${CANARY}": x } } }`, {}],
    ['a key that is none', header(`{ fil: ${CANARY} }`), {}],
    ['a key that is the secret', header(`{ ${CANARY}: x }`), {}],
    ['a mapping in a mapping', header(`{ file: { ${CANARY}: ${CANARY} } }`), {}],
    ['a quote without an end', `exporters: { otlp: { headers: { authorization: "${CANARY} } } }`, {}],
    ['a wrong escape', header(`"\\q${CANARY}"`), {}],
    ['a bracket too many', header(`${CANARY} ]`), {}],
    ['a scalar too many', header(`"${CANARY}" ${CANARY}`), {}],
    ['an alias of that name', header(`*${CANARY}`), {}],
    ['a block header', `exporters:\n  otlp:\n    headers:\n      authorization: |${CANARY}\n`, {}],
    ['a line end in a variable', '', { OTEL_EXPORTER_OTLP_HEADERS: `authorization=${CANARY}%0a` }],
    ['no pairs in a variable', '', { OTEL_EXPORTER_OTLP_HEADERS: CANARY }],
  ];
  for (const [what, yaml, env] of refused) {
    test(`of what is refused: ${what}`, async () => {
      const { status, lines } = await problems({ yaml, env });
      assert.equal(status, 78);
      assert.doesNotMatch(lines.join('\n'), new RegExp(CANARY));
    });
  }
});

describe('plain http', () => {
  for (const url of [
    'http://localhost:4318',
    'http://127.0.0.1',
    'http://127.8.9.1:1',
    'http://[::1]:4318',
    'http://a.localhost',
    'https://c.example',
  ]) {
    test(`${url} is taken`, async () => {
      const { exporters } = (await load({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } })).config;
      assert.equal(exporters[0]?.options.endpoint, `${url}/v1/metrics`);
    });
  }

  for (const url of [
    'http://otel-collector:4318',
    'http://10.0.0.1',
    'http://0.0.0.0:4318',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://[2001:db8::1]',
  ]) {
    test(`${url} is refused, unless it is allowed by name`, async () => {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url };
      const { status, lines } = await problems({ env });
      assert.equal(status, 78);
      assert.match(
        lines.join(),
        /^OTEL_EXPORTER_OTLP_ENDPOINT is plain http to .*--otlp-insecure, OTEL_EXPORTER_OTLP_INSECURE=true or insecure: true$/,
      );
      await load({ env: { ...env, OTEL_EXPORTER_OTLP_INSECURE: 'true' } });
      await load({ env, flags: { 'otlp.insecure': 'true' } });
      await load({ yaml: `exporters: { x: { type: otlp, endpoint: "${url}", insecure: true } }` });
      const inFile = await problems({ yaml: `exporters: { x: { type: otlp, endpoint: "${url}" } }` });
      assert.match(
        inFile.lines.join(),
        /^peermeter\.yaml:1:41: exporters\.x\.endpoint is plain http .*allow it with insecure: true$/,
      );
    });
  }

  test('on the command line is a matter of usage', async () => {
    assert.equal((await problems({ flags: { 'otlp.endpoint': 'http://c.example' } })).status, 2);
  });
});
