import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Headers } from '../../src/config/headers.ts';
import { telemetryResource } from '../../src/telemetry/resource.ts';
import { effective, load, newFolder, problems } from '../support/config.ts';

/** The effective value of a key under these variables. */
const valueUnder = async (key: string, env: Record<string, string>) => (await effective(key, { env }))?.value;
const names = async (env: Record<string, string>) => (await load({ env })).config.exporters.map(({ name }) => name);
const warnings = async (env: Record<string, string>) => (await load({ env })).warnings;

describe('OTEL_METRICS_EXPORTER', () => {
  for (const [text, expected] of [
    ['otlp', ['otlp']],
    ['prometheus, otlp', ['prometheus', 'otlp']],
    ['otlp,otlp', ['otlp']],
    ['console', ['console']],
    ['Prometheus', ['prometheus']],
    ['none', []],
    ['', ['otlp', 'prometheus']],
  ] as const) {
    test(JSON.stringify(text), async () => assert.deepEqual(await names({ OTEL_METRICS_EXPORTER: text }), expected));
  }

  test('file, with a path for it', async () => {
    const env = { OTEL_METRICS_EXPORTER: 'file', PEERMETER_FILE_PATH: '/tmp/metrics.jsonl' };
    assert.deepEqual(await names(env), ['file']);
  });

  test('one that is not known is left out with a warning', async () => {
    const env = { OTEL_METRICS_EXPORTER: 'zipkin,prometheus' };
    assert.deepEqual(await names(env), ['prometheus']);
    assert.match((await warnings(env)).join(), /OTEL_METRICS_EXPORTER has "zipkin", which is no exporter.*left out/);
  });
});

test('OTEL_METRICS_EXPORTER of which nothing is known is as good as none', async () => {
  const env = { OTEL_METRICS_EXPORTER: 'zipkin' };
  assert.deepEqual(await names(env), ['otlp', 'prometheus']);
  const { config } = await load({ env, yaml: 'exporters: [console]' });
  assert.deepEqual(
    config.exporters.map(({ name }) => name),
    ['console'],
  );
});

describe('the endpoint', () => {
  for (const [what, env, expected] of [
    ['without a word', {}, 'http://127.0.0.1:4318/v1/metrics'],
    ['the general one is a base', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:4318' }, 'https://c:4318/v1/metrics'],
    ['with a slash', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:4318/' }, 'https://c:4318/v1/metrics'],
    ['with a path', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp' }, 'https://c/otlp/v1/metrics'],
    ['the one for metrics is the whole', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m/x' }, 'https://m/x'],
    ['and has a root path of its own', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m:1' }, 'https://m:1/'],
    [
      'and wins',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c:1', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m:2/x' },
      'https://m:2/x',
    ],
  ] as const) {
    test(what, async () => assert.equal(await valueUnder('exporters.otlp.metrics-endpoint', env), expected));
  }

  test('goes behind its flag, which is a base', async () => {
    const env = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://m:2/x' };
    const { value } = (await effective('exporters.otlp.metrics-endpoint', {
      env,
      flags: { 'otlp.endpoint': 'https://f:3' },
    })) as { value: string };
    assert.equal(value, 'https://f:3/v1/metrics');
  });

  test('that cannot be read is refused: the default would be another place', async () => {
    for (const text of ['collector:4318', 'ftp://c', 'nonsense']) {
      const { status, lines } = await problems({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: text } });
      assert.deepEqual(
        { status, lines },
        {
          status: 78,
          lines: ['OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// URL'],
        },
      );
    }
  });
});

describe('words: the one for metrics goes first, what is not known is said and left out', () => {
  for (const [key, general, values, fallback] of [
    ['protocol', 'OTEL_EXPORTER_OTLP_PROTOCOL', ['http/json', 'http/protobuf'], 'http/protobuf'],
    ['compression', 'OTEL_EXPORTER_OTLP_COMPRESSION', ['none', 'gzip'], 'gzip'],
    ['insecure', 'OTEL_EXPORTER_OTLP_INSECURE', ['true', 'false'], 'false'],
  ] as const) {
    test(general, async () => {
      const specific = general.replace('OTLP_', 'OTLP_METRICS_');
      const path = `exporters.otlp.${key}`;
      const [one, other] = values;
      assert.equal(String(await valueUnder(path, { [general]: one })), one);
      assert.equal(String(await valueUnder(path, { [general]: one, [specific]: other })), other);
      assert.equal(String(await valueUnder(path, { [general]: one, [specific]: 'nonsense' })), one);
      assert.equal(String(await valueUnder(path, { [general]: 'nonsense' })), fallback);
      assert.match(
        (await warnings({ [general]: 'nonsense' })).join(),
        new RegExp(`^${general} is "nonsense", but must be`),
      );
    });
  }

  test('grpc is not spoken here', async () => {
    assert.match((await warnings({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).join(), /one of http\/protobuf, http\/json/);
  });

  for (const [text, expected] of [
    ['cumulative', 'cumulative'],
    ['Delta', 'delta'],
    ['LowMemory', 'lowmemory'],
    ['often', 'cumulative'],
  ] as const) {
    test(`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=${text}`, async () => {
      const env = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: text };
      assert.equal(await valueUnder('exporters.otlp.temporality', env), expected);
      assert.equal((await warnings(env)).length, text === 'often' ? 1 : 0);
    });
  }
});

describe('times are whole milliseconds', () => {
  const push = async (env: Record<string, string>) => (await load({ env })).config.exporters[0]?.push;
  for (const [what, env, intervalMs, timeoutMs] of [
    ['without a word', {}, 5000, 5000],
    ['the interval', { OTEL_METRIC_EXPORT_INTERVAL: '60000' }, 60_000, 60_000],
    ['the time-out of the reader', { OTEL_METRIC_EXPORT_TIMEOUT: '3000' }, 5000, 3000],
    ['that of the exporter', { OTEL_EXPORTER_OTLP_TIMEOUT: '2000' }, 5000, 2000],
    ['for metrics', { OTEL_EXPORTER_OTLP_TIMEOUT: '2000', OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '4000' }, 5000, 4000],
    ['the shorter of both', { OTEL_METRIC_EXPORT_TIMEOUT: '1000', OTEL_EXPORTER_OTLP_TIMEOUT: '2000' }, 5000, 1000],
    ['0 is without end, which is the interval', { OTEL_METRIC_EXPORT_TIMEOUT: '0' }, 5000, 5000],
    [
      'longer than the interval',
      { OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_METRIC_EXPORT_TIMEOUT: '30000' },
      1000,
      1000,
    ],
    ['negative, which is left out', { OTEL_METRIC_EXPORT_INTERVAL: '-1' }, 5000, 5000],
    ['nonsense, which is left out', { OTEL_METRIC_EXPORT_INTERVAL: 'soon' }, 5000, 5000],
  ] as const) {
    test(what, async () => assert.deepEqual(await push(env), { intervalMs, timeoutMs }));
  }

  test('what is left out or cut is said', async () => {
    assert.match(
      (await warnings({ OTEL_METRIC_EXPORT_INTERVAL: '-1' })).join(),
      /^OTEL_METRIC_EXPORT_INTERVAL is "-1".*left out$/,
    );
    const cut = await warnings({ OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_METRIC_EXPORT_TIMEOUT: '30000' });
    assert.match(cut.join(), /^OTEL_METRIC_EXPORT_TIMEOUT is 30000 ms, longer than the 1000 ms between two pushes/);
  });
});

describe('headers', () => {
  const headersOf = async (env: Record<string, string>) => {
    const { headers } = ((await load({ env })).config.exporters[0]?.options ?? {}) as { headers: Headers };
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()]));
  };
  const GENERAL = 'OTEL_EXPORTER_OTLP_HEADERS';

  test('are pairs with commas between them, percent-encoded, their names in small letters', async () => {
    assert.deepEqual(await headersOf({ [GENERAL]: ' Authorization = Bearer%20a%2Cb , x-team=net' }), {
      authorization: 'Bearer a,b',
      'x-team': 'net',
    });
  });

  test('for metrics take the place of the general ones: none of those goes along', async () => {
    const env = { [GENERAL]: 'a=1', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'b=2' };
    assert.deepEqual(await headersOf(env), { b: '2' });
  });

  for (const [what, text] of [
    ['no pairs', 'SECRET'],
    ['a percent sign of its own', 'a=SECRET%'],
    ['a line end', 'a=SECRET%0d%0ax: y'],
    ['a name that is none', 'a b=SECRET'],
    ['what HTTP decides itself', 'host=SECRET'],
    ['a name of JavaScript', '__proto__=SECRET'],
  ] as const) {
    test(`with ${what} are refused, and not repeated`, async () => {
      const { status, lines } = await problems({ env: { [GENERAL]: text } });
      assert.equal(status, 78);
      assert.match(lines.join(), /^OTEL_EXPORTER_OTLP_HEADERS /);
      assert.doesNotMatch(lines.join(), /SECRET/);
    });
  }
});

describe('files of TLS', () => {
  for (const name of ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY']) {
    test(`OTEL_EXPORTER_OTLP_${name}: not there, or no such thing, is refused`, async () => {
      const variable = `OTEL_EXPORTER_OTLP_METRICS_${name}`;
      const missing = await problems({ env: { [variable]: '/nowhere/file.pem' } });
      assert.equal(missing.status, 78);
      assert.match(
        missing.lines.join(),
        new RegExp(`^${variable} /nowhere/file.pem cannot be read: there is no such file$`),
      );
      const file = join(newFolder(), 'file.pem');
      writeFileSync(file, 'nonsense', { mode: 0o600 });
      const { lines } = await problems({ env: { [variable]: file } });
      assert.match(lines.join(), new RegExp(`^${variable} (does not name|is of no use without)`));
    });
  }

  test('a key that others can read is refused, and says what to do', async () => {
    const file = join(newFolder(), 'key.pem');
    writeFileSync(file, 'nonsense', { mode: 0o640 });
    const { lines } = await problems({ env: { OTEL_EXPORTER_OTLP_CLIENT_KEY: file } });
    assert.match(lines.join(), /^OTEL_EXPORTER_OTLP_CLIENT_KEY .*key\.pem can be read by others: run chmod 600 /);
  });
});

describe('the resource', () => {
  const resource = async (env: Record<string, string>) => {
    const { serviceName, resourceAttributes: attributes } = (await load({ env })).config;
    return telemetryResource({ serviceName, attributes, instanceId: 'peer' }).attributes;
  };

  test('OTEL_RESOURCE_ATTRIBUTES are percent-decoded', async () => {
    const found = await resource({ OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%2Cb, team = net ' });
    assert.equal(found['deployment.environment'], 'a,b');
    assert.equal(found.team, 'net');
  });

  test('with any fault in them are left out altogether, and that is said', async () => {
    for (const text of ['team=net,nonsense', 'team=%', '__proto__=1,team=net']) {
      const env = { OTEL_RESOURCE_ATTRIBUTES: text };
      assert.equal((await resource(env)).team, undefined);
      assert.match((await warnings(env)).join(), /^OTEL_RESOURCE_ATTRIBUTES .*left out$/);
    }
  });

  test('service.name: OTEL_SERVICE_NAME, else the attribute, else peermeter', async () => {
    const both = { OTEL_SERVICE_NAME: 'a', OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' };
    assert.equal((await resource(both))['service.name'], 'a');
    assert.equal((await resource({ OTEL_RESOURCE_ATTRIBUTES: 'service.name=b' }))['service.name'], 'b');
    assert.equal((await resource({}))['service.name'], 'peermeter');
  });
});

describe('OTEL_SDK_DISABLED', () => {
  for (const [text, on] of [
    ['true', false],
    ['TRUE', false],
    ['false', true],
    ['1', true],
    ['yes', true],
  ] as const) {
    test(text, async () => {
      const env = { OTEL_SDK_DISABLED: text, OTEL_METRICS_EXPORTER: 'prometheus' };
      assert.equal((await names(env)).length > 0, on);
      assert.equal((await warnings(env)).length, ['1', 'yes'].includes(text) ? 1 : 0);
    });
  }
});

describe('variables are for the exporter that has the name of its type', () => {
  const yaml = 'exporters:\n  otlp: {}\n  other: { type: otlp, endpoint: "https://other" }\n';

  test('and for no other', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://e', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=x' };
    const [one, other] = (await load({ env, yaml })).config.exporters;
    assert.equal(one?.options.endpoint, 'https://e/v1/metrics');
    assert.deepEqual(Object.keys(one?.options.headers as Headers), ['authorization']);
    assert.equal(other?.options.endpoint, 'https://other/v1/metrics');
    assert.deepEqual(other?.options.headers, {});
  });

  test('where there is none of that name it is said that they count for nothing', async () => {
    const { warnings } = await load({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://e' },
      yaml: 'exporters:\n  other: { type: otlp, endpoint: "https://other" }\n',
    });
    assert.match(warnings.join(), /^OTEL_EXPORTER_OTLP_ENDPOINT is for the exporter named otlp, and there is none/);
  });

  test('those for all go before what the file says of one', async () => {
    const yaml = 'export-interval: 9s\nexporters:\n  a: { type: otlp, interval: 1s }\n  b: { type: otlp }\n';
    const intervals = async (env: Record<string, string>) =>
      (await load({ env, yaml })).config.exporters.map(({ push }) => push?.intervalMs);
    assert.deepEqual(await intervals({}), [1000, 9000]);
    assert.deepEqual(await intervals({ OTEL_METRIC_EXPORT_INTERVAL: '2000' }), [2000, 2000]);
  });
});
