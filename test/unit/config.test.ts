import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import type { Setting } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { groupTargets, parseTargetAddress } from '../../src/config/target.ts';
import { effective, load, problems } from '../support/config.ts';

const PEER = '12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p';
const ADDRESS = `/ip4/127.0.0.1/tcp/1/p2p/${PEER}`;

describe('precedence: flags over environment over file over defaults', () => {
  // Key, its flag's name for the loader, variable, a text for each place, and the default as it is shown.
  for (const [key, flag, variable, texts, fallback] of [
    ['host', 'host', 'PEERMETER_HOST', ['127.0.0.1', '127.0.0.2', '127.0.0.3'], '127.0.0.1'],
    ['port', 'port', 'PEERMETER_PORT', [1, 2, 3], 8001],
    ['key', 'keyFile', 'PEERMETER_KEY', ['/a', '/b', '/c'], undefined],
    ['max-peers', 'maxPeers', 'PEERMETER_MAX_PEERS', [1, 2, 3], 100],
    ['max-connections', 'maxConnections', 'PEERMETER_MAX_CONNECTIONS', [1, 2, 3], 200],
    ['processes', 'processes', 'PEERMETER_PROCESSES', [1, 2, 3], 1],
    ['ping-interval', 'pingIntervalMs', 'PEERMETER_PING_INTERVAL', ['100ms', '200ms', '300ms'], '1s'],
    ['ping-timeout', 'pingTimeoutMs', 'PEERMETER_PING_TIMEOUT', ['1s', '2s', '3s'], '5s'],
    ['ping-handler', 'pingHandler', 'PEERMETER_PING_HANDLER', ['own', 'libp2p', 'own'], 'own'],
    ['ping-streams', 'pingStreams', 'PEERMETER_PING_STREAMS', ['held', 'new', 'held'], 'held'],
    ['tuning', 'tuning', 'PEERMETER_TUNING', ['none', 'all', 'none'], 'all'],
    ['metrics-host', 'metricsHost', 'PEERMETER_METRICS_HOST', ['127.0.0.1', '127.0.0.2', '127.0.0.3'], '127.0.0.1'],
    ['metrics-port', 'metricsPort', 'PEERMETER_METRICS_PORT', [1, 2, 3], 8081],
    ['metrics-naming', 'naming', 'PEERMETER_METRICS_NAMING', ['semantic', 'documented', 'semantic'], 'documented'],
    ['per-peer-series', 'perPeerSeries', 'PEERMETER_PER_PEER_SERIES', [1, 2, 3], 100],
    ['host-metrics', 'hostMetrics', 'PEERMETER_HOST_METRICS', [true, false, true], false],
    ['log-level', 'logLevel', 'PEERMETER_LOG_LEVEL', ['error', 'warn', 'debug'], 'info'],
    ['export-interval', 'exportIntervalMs', 'OTEL_METRIC_EXPORT_INTERVAL', ['1s', '2s', '3s'], '5s'],
  ] as const) {
    test(key, async () => {
      const [flagText, variableText, fileText] = texts;
      const flags = { [flag]: String(flagText) };
      const env = { [variable]: String(variableText) };
      const yaml = `${key}: ${fileText}\n`;
      assert.deepEqual(await effective(key, { flags, env, yaml }), { value: flagText, from: 'flag' });
      assert.deepEqual(await effective(key, { env, yaml }), { value: variableText, from: 'environment' });
      assert.deepEqual(await effective(key, { yaml }), { value: fileText, from: 'file' });
      const expected = fallback === undefined ? undefined : { value: fallback, from: 'default' };
      assert.deepEqual(await effective(key, {}), expected);
    });
  }

  test('lists, which take the place of each other', async () => {
    const yaml = `dial: [${ADDRESS}]\nmetrics-allowed-host: [a, b]\n`;
    const env = { PEERMETER_DIAL: `${ADDRESS},${ADDRESS}`, PEERMETER_METRICS_ALLOWED_HOST: 'c' };
    assert.equal((await load({ yaml })).config.targets.length, 1);
    assert.equal((await load({ yaml, env })).config.targets.length, 2);
    assert.deepEqual((await load({ yaml })).config.metricsAllowedHosts, ['a', 'b']);
    assert.deepEqual((await load({ yaml, env })).config.metricsAllowedHosts, ['c']);
    assert.deepEqual((await load({ yaml, env, flags: { metricsAllowedHosts: 'd,e' } })).config.metricsAllowedHosts, [
      'd',
      'e',
    ]);
  });

  test('an empty variable is as good as none', async () => {
    for (const empty of ['', ' ', '\t']) {
      assert.deepEqual(await effective('port', { env: { PEERMETER_PORT: empty }, yaml: 'port: 5' }), {
        value: 5,
        from: 'file',
      });
    }
  });

  test('every setting that the file can say is one of the table, the flag and the variable have its name', () => {
    for (const { key, flags, env } of Object.values(SETTINGS) as Setting<unknown>[]) {
      if (flags !== undefined) assert.match(flags, new RegExp(`--${key}\\b`));
      for (const name of env) {
        if (name.startsWith('PEERMETER_')) assert.equal(name, `PEERMETER_${key?.toUpperCase().replaceAll('-', '_')}`);
      }
    }
  });
});

test('every value says where it came from, down to the line and column', async () => {
  const written = { flags: { port: '1' }, env: { PEERMETER_MAX_PEERS: '2' }, yaml: '# a\nping-interval: 2s\n' };
  const { effective, file } = await load(written);
  const from = (key: string) => effective.find(({ path }) => path[0] === key)?.origin;
  assert.deepEqual(from('port'), { kind: 'flag', name: '--port' });
  assert.deepEqual(from('max-peers'), { kind: 'environment', name: 'PEERMETER_MAX_PEERS' });
  assert.deepEqual(from('ping-interval'), { kind: 'file', file, line: 2, column: 16, key: 'ping-interval' });
  assert.deepEqual(from('host'), { kind: 'default' });
});

test('processes are a number, or as many as there are cores', async () => {
  assert.equal((await load({ flags: { processes: 'auto' } })).config.processes, availableParallelism());
  for (const bad of ['0', '-1', '257', 'all', '1.5']) {
    assert.match((await problems({ flags: { processes: bad } })).lines.join(), /--processes is .*1 to 256, or auto/);
  }
});

describe('bad input', () => {
  test('a flag is a matter of usage, a variable or a file one of configuration, and so is a mixture', async () => {
    assert.equal((await problems({ flags: { port: '70000', maxPeers: 'x' } })).status, 2);
    assert.equal((await problems({ env: { PEERMETER_PORT: 'x' } })).status, 78);
    assert.equal((await problems({ yaml: 'port: x' })).status, 78);
    assert.equal((await problems({ flags: { maxPeers: 'x' }, yaml: 'port: x' })).status, 78);
    assert.deepEqual((await problems({ flags: { port: '70000' } })).lines, [
      '--port is "70000", but must be a whole number from 0 to 65535',
    ]);
  });

  test('all of it is said at once, but not more than fills a screen', async () => {
    const { lines } = await problems({ env: { PEERMETER_PORT: 'x', PEERMETER_MAX_PEERS: 'y' }, yaml: 'hots: z\n' });
    assert.equal(lines.length, 3);
    const yaml = Array.from({ length: 1000 }, (_, at) => `nonsense-${at}: 1`).join('\n');
    const many = (await problems({ yaml })).lines;
    assert.equal(many.length, 21);
    assert.equal(many.at(-1), 'and 980 more');
  });

  test('a multiaddr that is none, without TCP, or without a peer id', async () => {
    const of = async (targets: string) => (await problems({ flags: { targets } })).lines[0] ?? '';
    assert.match(await of('nonsense'), /^--dial is "nonsense", but must be a multiaddr such as/);
    assert.match(await of(`/ip4/1.2.3.4/udp/1/p2p/${PEER}`), /TCP/);
    assert.match(await of('/ip4/1.2.3.4/tcp/1'), /ending in the peer id/);
  });

  test('is written without what could end a line or turn it around', async () => {
    const { lines } = await problems({ env: { PEERMETER_PORT: 'a\u202eb\nc\u001b[2J' } });
    assert.deepEqual(lines, [
      'PEERMETER_PORT is "a\\u202eb\\nc\\u001b[2J", but must be a whole number from 0 to 65535',
    ]);
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
