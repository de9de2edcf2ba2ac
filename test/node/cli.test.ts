import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const PEER = '12D3KooWNvSZnPi3RrhrTwEY4LuuBeB6K6facKUCJcyWG1aoDd2p';
const DEMO = join(import.meta.dirname, '..', '..', 'dist', 'ping-resource-demo.js');

/** Runs to the end and expects this status and one line on standard error, without a stack. */
async function fails(argv: readonly string[], status: number, line: RegExp, env = {}): Promise<void> {
  const finished = await peermeter(argv, env).finished;
  assert.equal(finished.status, status, finished.stderr);
  const lines = finished.stderr.trimEnd().split('\n');
  assert.equal(lines.length, 1, finished.stderr);
  assert.match(lines[0] ?? '', line);
  assert.equal(finished.stdout, '');
}

describe('bad input: one clear line and its exit status', () => {
  test('unknown flag', () => fails(['run', '--prot', '1'], 2, /unknown option '--prot'.*--port/));
  test('unknown command', () => fails(['runn'], 2, /unknown command 'runn'.*run/));
  test('malformed multiaddr', () =>
    fails(['run', '-d', '/ip4/300.1.1.1/tcp/x'], 2, /--dial is .* must be a multiaddr/));
  test('a number that is none', () => fails(['run', '--max-peers', 'many'], 2, /--max-peers is "many"/));
  test('a lever there is not, or none where some are asked for', async () => {
    await fails(
      ['run', '--tuning', 'window-updates,turbo'],
      2,
      /--tuning is "window-updates,turbo".*must be all, none or some of .*pruning/,
    );
    await fails(['run', '--tuning', ','], 2, /--tuning is ",".*must be all, none or some of secure-channel/);
    await fails(['run'], 78, /PEERMETER_TUNING is "turbo"/, { PEERMETER_TUNING: 'turbo' });
  });
  test('a variable that is wrong', () =>
    fails(['run'], 78, /PEERMETER_PING_INTERVAL is "soon"/, { PEERMETER_PING_INTERVAL: 'soon' }));
  test('swarm without a target', () => fails(['swarm'], 2, /--dial/));
  test('swarm against nobody', async () => {
    const { status, stdout } = await peermeter([
      'swarm',
      '-n',
      '3',
      '--ramp',
      '0',
      '-d',
      `/ip4/127.0.0.1/tcp/1/p2p/${PEER}`,
      '--json',
    ]).finished;
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(stdout).failed, { refused: 3 });
  });

  test('damaged key file', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'peermeter-cli-')), 'peer.key');
    await writeFile(file, 'nonsense', { mode: 0o600 });
    await fails(['run', '--key', file], 78, /peer\.key is damaged/);
  });

  test('a port in use, for peers and for metrics', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const port = String((taken.address() as AddressInfo).port);
    await fails(
      ['run', '-m', '0', '-p', port],
      1,
      new RegExp(`for peers on 127.0.0.1 port ${port}: the port is in use`),
      {
        XDG_STATE_HOME: await mkdtemp(join(tmpdir(), 'peermeter-cli-')),
      },
    );
    await fails(['run', '-p', '0', '-m', port], 1, new RegExp(`metrics on 127.0.0.1 port ${port}: the port is in use`));
  });

  test('a dial to oneself', async (t) => {
    const state = { XDG_STATE_HOME: await mkdtemp(join(tmpdir(), 'peermeter-cli-')) };
    const key = ['--key', join(state.XDG_STATE_HOME, 'self.key')];
    const self = await startDaemonProcess(key);
    t.after(() => self.stop());
    await fails(['run', '-p', '0', '-m', '0', ...key, '-d', self.address], 78, /is this node itself/);
  });

  test('a target nobody answers at: keeps trying, says so once', async (t) => {
    const daemon = await startDaemonProcess(['-d', `/ip4/127.0.0.1/tcp/1/p2p/${PEER}`]);
    t.after(() => daemon.stop());
    const attempts = async () => (await daemon.scrape()).value('libp2p_dials_total', { result: 'refused' });
    await eventually(async () => assert((await attempts()) >= 3));
    assert.equal(daemon.stderr().match(/cannot reach target/g)?.length, 1);
    assert.doesNotMatch(daemon.stderr(), /\n\s+at /);
  });

  test("a target with somebody else's peer id", async (t) => {
    const server = await startDaemonProcess();
    const daemon = await startDaemonProcess(['-d', server.address.replace(/[^/]+$/, PEER)]);
    t.after(() => Promise.all([daemon.stop(), server.stop()]));
    await eventually(async () =>
      assert((await daemon.scrape()).value('libp2p_dials_total', { result: 'wrong_peer' }) >= 1),
    );
  });
});

test('an older Node.js is told what is needed, without a stack', async () => {
  const old = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
  const { status, stderr } = await peermeter(['run'], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}`,
  }).finished;
  assert.equal(status, 1);
  assert.match(stderr, /^peermeter needs Node\.js 22\.15 or newer, but this is 20\.20\.2: .*\n$/);
});

test('--tuning takes none, or some: nodes that differ in it ping each other', async (t) => {
  const server = await startDaemonProcess(['--tuning', 'none', '--ping-interval', '50ms']);
  const argv = ['--tuning', 'window-updates, secure-channel', '--ping-interval', '50ms'];
  const client = await startDaemonProcess([...argv, '-d', server.address]);
  t.after(() => Promise.all([client.stop(), server.stop()]));
  for (const daemon of [server, client]) {
    await eventually(async () => assert((await daemon.scrape()).value('libp2p_ping_responses_total') >= 5));
  }
});

describe('the documented command', () => {
  test('ping-resource-demo -p -m -d runs the daemon', async (t) => {
    const server = peermeter(['-p', '0', '-m', '0'], {}, DEMO);
    t.after(async () => {
      server.child.kill('SIGTERM');
      await server.finished;
    });
    const address = await eventually(() => {
      const [, found] = /^Listening on (\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\S+)$/m.exec(server.stdout()) ?? [];
      assert(found !== undefined, server.stderr());
      return found;
    });
    const client = peermeter(['-p', '0', '-m', '0', '-d', address], {}, DEMO);
    await eventually(() => assert.match(client.stderr(), /connected to target/));
    client.child.kill('SIGINT');
    assert.equal((await client.finished).status, 0);
  });

  test('takes the address of a server that listens everywhere, as it was documented', async (t) => {
    const server = await startDaemonProcess(['--host', '0.0.0.0']);
    assert.match(server.address, /^\/ip4\/127\.0\.0\.1\//);
    const client = await startDaemonProcess(['-d', server.address.replace('127.0.0.1', '0.0.0.0')]);
    t.after(() => Promise.all([client.stop(), server.stop()]));
    await eventually(async () => assert.equal((await client.scrape()).value('libp2p_concurrent_peers'), 1));
  });
});

describe('what it says of itself', () => {
  test('--help and --version', async () => {
    const help = await peermeter(['run', '--help']).finished;
    assert.equal(help.status, 0);
    for (const flag of [
      '--port',
      '--metrics-port',
      '--dial',
      '--key',
      '--max-peers',
      '--max-connections',
      '--log-level',
    ]) {
      assert.match(help.stdout, new RegExp(`${flag}\\b`));
    }
    assert.match(help.stdout, /Exit status:/);
    assert.match((await peermeter(['--version']).finished).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('metrics prints the contract', async () => {
    const json = JSON.parse((await peermeter(['metrics', '--json']).finished).stdout);
    assert.deepEqual(
      json.map((row: { name: string }) => row.name),
      METRIC_ROWS.map((row) => row.name),
    );
    const text = (await peermeter(['metrics']).finished).stdout;
    for (const { name } of METRIC_ROWS) assert(text.includes(name));
  });
});

describe('demo', () => {
  const demo = (...argv: string[]) => peermeter(['demo', '-n', '5', '-m', '0', '--duration', '0', ...argv]);
  const serverOf = async (running: ReturnType<typeof demo>): Promise<string> =>
    eventually(() => {
      const [, url] = /curl -s (\S+)\/metrics/.exec(running.stdout()) ?? [];
      assert(url !== undefined, running.stderr());
      return url;
    });
  const gone = (url: string) => eventually(() => assert.rejects(fetch(`${url}/healthz`)), 10_000);

  test('shows all peers in and the documented names, ends at SIGINT', async () => {
    const running = demo();
    const url = await serverOf(running);
    assert.match(running.stdout(), /5 of 5 connected/);
    assert.match(running.stdout(), /libp2p_concurrent_peers 5\n/);
    running.child.kill('SIGINT');
    const { status, stdout } = await running.finished;
    assert.equal(status, 0);
    assert.match(stdout, /peers +5 of 5 connected, 5 at the end/);
    await gone(url);
  });

  test('takes its server with it when it is killed', async () => {
    const running = demo();
    const url = await serverOf(running);
    running.child.kill('SIGKILL');
    await gone(url);
  });
});

test('output nobody reads any more does not end the daemon', async (t) => {
  const daemon = await startDaemonProcess();
  t.after(() => daemon.stop());
  daemon.child.stdout?.destroy();
  daemon.child.stderr?.destroy();
  const client = await startDaemonProcess(['-d', daemon.address]);
  t.after(() => client.stop());
  await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), 1));
  daemon.child.kill('SIGTERM');
  assert.equal((await daemon.finished).status, 0);
});

test('npx that is asked to end takes the daemon with it', async () => {
  const npx = spawn('npx', ['peermeter', 'run', '-p', '0', '-m', '0'], {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, OTEL_METRICS_EXPORTER: 'prometheus' },
  });
  let output = '';
  npx.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const url = await eventually(() => {
    const [, found] = /^Metrics on (\S+)\/metrics$/m.exec(output) ?? [];
    assert(found !== undefined);
    return found;
  });
  npx.kill('SIGTERM');
  await eventually(() => assert.rejects(fetch(`${url}/healthz`)), 5000);
});

describe('the end', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal}: summary, status 0, within 5 s though no Collector answers`, async (t) => {
      const hanging = createServer().listen(0, '127.0.0.1');
      await once(hanging, 'listening');
      t.after(() => hanging.close());
      const { port } = hanging.address() as AddressInfo;
      const daemon = await startDaemonProcess([], {
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      await sleep(500);
      const startedAt = performance.now();
      daemon.child.kill(signal);
      const { status, stderr } = await daemon.finished;
      assert(performance.now() - startedAt < 5000);
      assert.equal(status, 0);
      assert.match(stderr, /stopped uptimeSeconds=/);
    });
  }
});
