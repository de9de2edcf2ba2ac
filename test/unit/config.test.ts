import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type FlagTexts, loadConfig } from '../../src/config/load.ts';
import { SETTINGS, type Setting, type SettingKey } from '../../src/config/settings.ts';
import { groupTargets, parseTargetAddress } from '../../src/config/target.ts';
import { OperatorError } from '../../src/errors.ts';

const PEER = '12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p';

describe('precedence', () => {
  test('flags over environment over defaults', () => {
    assert.equal(loadConfig({}, {}).config.maxPeers, 100);
    assert.equal(loadConfig({}, { PEERMETER_MAX_PEERS: '7' }).config.maxPeers, 7);
    assert.equal(loadConfig({ maxPeers: '9' }, { PEERMETER_MAX_PEERS: '7' }).config.maxPeers, 9);
  });

  test('an empty variable is as good as none', () => {
    assert.equal(loadConfig({}, { OTEL_SERVICE_NAME: ' ' }).config.serviceName, 'peermeter');
  });
});

test('processes are a number, or as many as there are cores', () => {
  const processes = (text: string) => loadConfig({ processes: text }, {}).config.processes;
  assert.equal(loadConfig({}, {}).config.processes, 1);
  assert.equal(processes('4'), 4);
  assert.equal(processes('auto'), availableParallelism());
  for (const bad of ['0', '-1', '257', 'all', '1.5'])
    assert.throws(() => processes(bad), /--processes is .*1 to 256, or auto/);
});

describe('the OpenTelemetry variables', () => {
  const endpoint = (env: Record<string, string>, flags: FlagTexts = {}) => loadConfig(flags, env).config.otlpEndpoint;

  test('the general endpoint is a base, the one for metrics is the whole URL and wins', () => {
    assert.equal(endpoint({}), 'http://127.0.0.1:4318/v1/metrics');
    assert.equal(endpoint({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }), 'http://c:4318/v1/metrics');
    const both = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://m:2/x' };
    assert.equal(endpoint(both), 'http://m:2/x');
    assert.equal(endpoint(both, { otlpEndpoint: 'http://f:3' }), 'http://f:3/v1/metrics');
  });

  test('exporters are a list, or none', () => {
    const exporters = (text: string) => loadConfig({}, { OTEL_METRICS_EXPORTER: text }).config.exporters;
    assert.deepEqual(exporters('prometheus, otlp'), ['prometheus', 'otlp']);
    assert.deepEqual(exporters('none'), []);
    assert.throws(() => exporters('otlp,zipkin'), /OTEL_METRICS_EXPORTER is "otlp,zipkin", but must be a list of/);
  });

  test('a time-out longer than the interval is cut, and said', () => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_METRIC_EXPORT_TIMEOUT: '30000' };
    const { config, warnings } = loadConfig({}, env);
    assert.equal(config.exportTimeoutMs, 1000);
    assert.equal(warnings.length, 1);
  });

  test('resource attributes are percent-decoded', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=a%2Cb, team = net ' };
    assert.deepEqual(loadConfig({}, env).config.resourceAttributes, { 'deployment.environment': 'a,b', team: 'net' });
  });
});

describe('bad input', () => {
  const problem = (flags: FlagTexts, env: Record<string, string> = {}): OperatorError => {
    try {
      loadConfig(flags, env);
    } catch (error) {
      assert(error instanceof OperatorError);
      return error;
    }
    throw new Error('it was taken');
  };

  test('a flag is a matter of usage, a variable one of configuration', () => {
    assert.equal(problem({ port: '70000' }).exitStatus, 2);
    assert.equal(problem({}, { PEERMETER_PORT: 'x' }).exitStatus, 78);
    assert.match(problem({ port: '70000' }).message, /^--port is "70000", but must be a whole number from 0 to 65535$/);
  });

  test('a multiaddr that is none, without TCP, or without a peer id', () => {
    assert.match(problem({ targets: 'nonsense' }).message, /^--dial is "nonsense", but must be a multiaddr such as/);
    assert.match(problem({ targets: `/ip4/1.2.3.4/udp/1/p2p/${PEER}` }).message, /TCP/);
    assert.match(problem({ targets: '/ip4/1.2.3.4/tcp/1' }).message, /ending in the peer id/);
  });

  test('any text for any setting is read or refused in one line that names the setting', () => {
    const keys = Object.keys(SETTINGS) as SettingKey[];
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.integer().map(String),
      fc.constant('__proto__=1'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...keys), text, (key, value) => {
        const setting: Setting<unknown> = SETTINGS[key];
        const variable = setting.env[0] ?? '';
        try {
          loadConfig({}, { [variable]: value });
        } catch (error) {
          assert(error instanceof OperatorError, String(error));
          assert(error.message.startsWith(variable), error.message);
          assert(!error.message.includes('\n'), error.message);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('addresses of one peer are one target', () => {
  const addresses = ['/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2', '/ip4/127.0.0.1/tcp/1'].map((address) =>
    parseTargetAddress(`${address}/p2p/${PEER}`),
  );
  assert.deepEqual(groupTargets(addresses), [
    { peerId: PEER, addresses: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`, `/ip4/127.0.0.1/tcp/2/p2p/${PEER}`] },
  ]);
});
