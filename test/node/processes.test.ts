import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusName, prometheusType } from '../../src/contract/naming.ts';
import type { Exposition } from '../../src/doctor/exposition.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import type { SwarmReport } from '../../src/swarm/report.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf, isRunning } from '../support/processes.ts';

const DEMO = join(import.meta.dirname, '..', '..', 'dist', 'ping-resource-demo.js');

const swarm = (address: string, peers: number, ...more: string[]) =>
  peermeter(['swarm', '-d', address, '-n', String(peers), '--json', ...more]);

const reportOf = (stdout: string): SwarmReport => JSON.parse(stdout);

/** Lets the clients go, and has their report. */
async function reportAtEnd(clients: Running): Promise<SwarmReport> {
  clients.child.kill('SIGTERM');
  return reportOf((await clients.finished).stdout);
}

async function startTwo(t: TestContext, ...more: string[]): Promise<DaemonProcess> {
  const server = await startDaemonProcess(['--processes', '2', ...more]);
  t.after(() => server.stop());
  return server;
}

const counters = METRIC_ROWS.filter((row) => row.source !== 'per-peer' && prometheusType(row) !== 'gauge');

/** Every series that may only grow, with its value. */
function growing(scrape: Exposition): Map<string, number> {
  const names = new Set(
    counters.flatMap(({ name, kind }) =>
      kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    ),
  );
  return new Map(
    scrape.samples
      .filter(({ name }) => names.has(name))
      .map(({ name, labels, value }) => [`${name}${JSON.stringify(labels)}`, value]),
  );
}

function assertNothingFell(before: Exposition, now: Exposition): void {
  const later = growing(now);
  for (const [series, value] of growing(before)) {
    const found = later.get(series);
    assert(found !== undefined && found >= value, `${series}: ${value}, then ${found}`);
  }
}

describe('fifty peers at two processes', () => {
  let server: DaemonProcess;
  before(async () => {
    server = await startDaemonProcess(['--processes', '2']);
  });
  after(() => server?.stop());

  test('are all counted once, by the whole and by each', async () => {
    const clients = swarm(server.address, 50, '--ramp', '0', '--duration', '60');
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 50));
    await sleep(3000);
    const scrape = await server.scrape();
    assert.equal(scrape.value('libp2p_concurrent_connections', { direction: 'inbound' }), 50);
    assert.equal(scrape.value('libp2p_connections_opened_total'), 50);
    assert.equal(scrape.value('libp2p_connections_denied_total'), 0);
    assert.equal(scrape.value('libp2p_connection_pool_utilization'), 50 / 200);
    assert.equal(scrape.value('libp2p_connection_pool_size'), 200);
    assert.equal(scrape.value('libp2p_max_concurrent_peers'), 100);
    assert.equal(scrape.all('libp2p_peer_ping_rtt_seconds').length, 50);
    assert.equal(scrape.all('libp2p_build_info').length, 1);
    assert.equal(scrape.value('libp2p_ping_errors_total'), 0);
    assert(scrape.value('libp2p_ping_responses_total') >= 50);
    assert.equal(scrape.value('libp2p_ping_rtt_seconds_count'), scrape.value('libp2p_ping_responses_total'));

    const ofEach = (name: string) => ['0', '1'].map((process) => scrape.value(name, { process }));
    const [zero = 0, one = 0] = ofEach('libp2p_process_peers');
    assert(zero > 0 && one > 0, `the kernel gave both some: ${zero} and ${one}`);
    assert.equal(zero + one, 50);
    assert.equal(scrape.value('libp2p_process_ping_responses_total'), scrape.value('libp2p_ping_responses_total'));
    assert.deepEqual(ofEach('libp2p_process_up'), [1, 1]);
    assert.deepEqual(ofEach('libp2p_process_restarts_total'), [0, 0]);
    const rss = scrape.value('libp2p_memory_rss_bytes');
    assert.equal(scrape.value('libp2p_process_memory_rss_bytes'), rss);
    assert.equal(scrape.value('libp2p_memory_per_peer_bytes'), rss / 50);
    assert.deepEqual(
      scrape.all('libp2p_process_memory_rss_bytes').map(({ labels }) => labels.process),
      ['0', '1', 'primary'],
    );

    const report = await reportAtEnd(clients);
    assert.equal(report.connected, 50);
    assert.equal(report.pingErrors, 0);
    assert.equal(report.disconnects, 0);
  });

  test('are gone from every count once they have left', async () => {
    await eventually(async () => {
      const scrape = await server.scrape();
      assert.equal(scrape.value('libp2p_concurrent_peers'), 0);
      assert.equal(scrape.value('libp2p_peer_connection_duration_seconds_count'), 50);
      assert.equal(scrape.value('libp2p_connections_closed_total'), 50);
      assert.equal(scrape.all('libp2p_peer_ping_failures_total').length, 0);
      assert.equal(scrape.value('libp2p_memory_per_peer_bytes'), 0);
    });
  });

  test('requests are responses + errors + active in every scrape, and two readers disturb nobody', async () => {
    const clients = swarm(server.address, 20, '--duration', '4', '--ping-interval', '50ms');
    let last = await server.scrape();
    for (let round = 0; round < 20; round++) {
      const [scrape] = await Promise.all([server.scrape(), server.scrape()]);
      const ended = scrape.value('libp2p_ping_responses_total') + scrape.value('libp2p_ping_errors_total');
      assert.equal(scrape.value('libp2p_ping_requests_total'), ended + scrape.value('libp2p_active_pings'));
      assertNothingFell(last, scrape);
      last = scrape;
      await sleep(100);
    }
    assert.equal((await clients.finished).status, 0);
  });
});

test('semantic naming is that of one process, and the series of each beside it', async (t) => {
  const naming = ['--metrics-naming', 'semantic'];
  const [two, one] = await Promise.all([startTwo(t, ...naming), startDaemonProcess(naming)]);
  t.after(() => one.stop());
  const names = async (daemon: DaemonProcess) => [...(await daemon.scrape()).families.keys()];
  const ofEach = METRIC_ROWS.filter(({ source }) => source === 'per-process');
  // Collections of garbage are counted from the first of each kind on.
  const known = (all: readonly string[]) => all.filter((name) => !name.startsWith('v8js_gc')).sort();
  const expected = [...(await names(one)), ...ofEach.map((row) => prometheusName(row, 'semantic'))];
  assert.deepEqual(known(await names(two)), known(expected));
});

test('both processes are the same peer', async (t) => {
  const server = await startTwo(t);
  // Whoever dials checks who answers: one that was somebody else would be counted as `wrong_peer`.
  const clients = swarm(server.address, 20, '--ramp', '0', '--duration', '60');
  await eventually(async () => {
    const scrape = await server.scrape();
    for (const process of ['0', '1']) assert(scrape.value('libp2p_process_ping_responses_total', { process }) > 0);
    assert.equal(scrape.value('libp2p_concurrent_peers'), 20);
  });
  assert.equal((await reportAtEnd(clients)).failed.wrong_peer, undefined);
});

test('a peer with connections to both is one peer, with one place and one series', async (t) => {
  const server = await startTwo(t, '--max-peers', '1');
  const node = await createNode({ privateKey: await ephemeralIdentity() });
  await node.start();
  t.after(() => node.stop());
  // The kernel goes by the port at the far end: that twelve of twelve go to one process is 1 in 2,048.
  for (let dial = 0; dial < 12; dial++) await node.dial(multiaddr(server.address), { force: true });
  await eventually(async () => {
    const scrape = await server.scrape();
    assert.equal(scrape.value('libp2p_concurrent_connections'), 12);
    assert.deepEqual(
      scrape.all('libp2p_process_peers').map(({ value }) => value),
      [1, 1],
    );
    assert.equal(scrape.value('libp2p_concurrent_peers'), 1);
    assert.equal(scrape.all('libp2p_peer_ping_failures_total').length, 1);
  });
  const other = swarm(server.address, 1, '--ramp', '0', '--no-reconnect', '--duration', '60');
  const refused = async () =>
    assert.equal((await server.scrape()).value('libp2p_connections_denied_total', { reason: 'max_peers' }), 1);
  await eventually(refused);
  assert.equal((await reportAtEnd(other)).connected, 0);
  await node.stop();
  await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 0));
  const next = swarm(server.address, 1, '--ramp', '0', '--duration', '60');
  t.after(() => reportAtEnd(next));
  await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 1));
});

describe('limits of the whole, whatever the kernel gives to whom', () => {
  for (const [limits, reason] of [
    [['--max-peers', '50'], 'max_peers'],
    [['--max-peers', '50', '--max-connections', '50'], 'max_connections'],
  ] as const) {
    test(`${limits.join(' ')}, and 80 come at once: 50 are in, 30 are refused by ${reason}`, async (t) => {
      const server = await startTwo(t, ...limits);
      const clients = swarm(server.address, 80, '--ramp', '0', '--duration', '60', '--no-reconnect');
      let most = 0;
      await eventually(async () => {
        const scrape = await server.scrape();
        most = Math.max(most, scrape.value('libp2p_concurrent_peers'));
        assert.equal(scrape.value('libp2p_connections_denied_total'), 30);
        assert.equal(scrape.value('libp2p_concurrent_peers'), 50);
      });
      assert.equal(most, 50);
      const scrape = await server.scrape();
      assert.equal(scrape.value('libp2p_connections_denied_total', { direction: 'inbound', reason }), 30);
      const { failed, disconnects } = await reportAtEnd(clients);
      // Those who are in may not have had an answer yet; the others were hung up on.
      const refused = Object.entries({ ...failed, no_answer: 0 }).reduce((sum, [, count]) => sum + count, 0);
      assert.equal(refused, 30, JSON.stringify(failed));
      assert.equal(disconnects, 0);
    });
  }

  test('places that have become free in one process are there for the other', async (t) => {
    const server = await startTwo(t, '--max-peers', '10');
    const has = (peers: number) => async () =>
      assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), peers);
    for (let round = 0; round < 3; round++) {
      const clients = swarm(server.address, 10, '--ramp', '0', '--duration', '60');
      await eventually(has(10));
      await reportAtEnd(clients);
      await eventually(has(0));
    }
    assert.equal((await server.scrape()).value('libp2p_connections_denied_total'), 0);
  });
});

test('a worker that is killed: nothing falls, what it held is settled, another takes its place', async (t) => {
  const server = await startTwo(t);
  const clients = swarm(server.address, 30, '--ramp', '0', '--duration', '60');
  t.after(() => reportAtEnd(clients));
  await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 30));
  await sleep(1500);
  let last = await server.scrape();
  const [victim] = childrenOf(server.pid);
  assert(victim !== undefined);
  process.kill(victim, 'SIGKILL');
  const scrapeOn = async (): Promise<Exposition> => {
    const scrape = await server.scrape();
    assertNothingFell(last, scrape);
    last = scrape;
    return scrape;
  };
  await eventually(async () => {
    const scrape = await scrapeOn();
    assert.equal(scrape.value('libp2p_process_restarts_total'), 1);
    assert.equal(scrape.all('libp2p_process_up').filter(({ value }) => value === 0).length, 1);
  });
  assert.equal((await fetch(server.metricsUrl.replace('/metrics', '/readyz'))).status, 200, 'the other takes peers');
  await eventually(async () => {
    const scrape = await scrapeOn();
    assert.equal(scrape.value('libp2p_process_up'), 3);
    assert.equal(scrape.value('libp2p_concurrent_peers'), 30, 'the clients are back');
  });
  const scrape = await scrapeOn();
  const opened = scrape.value('libp2p_connections_opened_total');
  assert(opened > 30);
  assert.equal(opened - scrape.value('libp2p_connections_closed_total'), 30);
  assert.equal(scrape.value('libp2p_active_resources', { resource_type: 'connection' }), 30);
  const ended = scrape.value('libp2p_ping_responses_total') + scrape.value('libp2p_ping_errors_total');
  assert.equal(scrape.value('libp2p_ping_requests_total'), ended + scrape.value('libp2p_active_pings'));
  assert.match(server.stderr(), /WARN a process ended, another takes its place process=\d ended="signal SIGKILL"/);
});

test('a worker that hangs: its last figures are shown, with one line, until it is back', async (t) => {
  const server = await startTwo(t);
  const clients = swarm(server.address, 20, '--ramp', '0', '--duration', '60');
  t.after(() => reportAtEnd(clients));
  await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 20));
  const before = await server.scrape();
  const [hanging] = childrenOf(server.pid);
  assert(hanging !== undefined);
  process.kill(hanging, 'SIGSTOP');
  t.after(() => isRunning(hanging) && process.kill(hanging, 'SIGCONT'));
  for (let round = 0; round < 3; round++) {
    const scrape = await server.scrape();
    assertNothingFell(before, scrape);
    assert.equal(scrape.value('libp2p_process_up'), 3);
  }
  assert.equal(server.stderr().match(/WARN a process does not answer/g)?.length, 1);
  process.kill(hanging, 'SIGCONT');
  await eventually(async () => {
    await server.scrape();
    assert.match(server.stderr(), /INFO a process answers again/);
  });
});

describe('one life', () => {
  test('SIGTERM: all processes end within 5 s, with one summary of the whole', async () => {
    const server = await startDaemonProcess(['--processes', '2']);
    const clients = swarm(server.address, 20, '--ramp', '0', '--duration', '60');
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 20));
    const workers = childrenOf(server.pid);
    assert.equal(workers.length, 2);
    const startedAt = performance.now();
    const { status, stderr, stdout } = await server.stop();
    assert(performance.now() - startedAt < 5000);
    assert.equal(status, 0);
    assert.equal(stdout.match(/^Listening on /gm)?.length, 1);
    assert.match(stderr, /INFO ready .*processes=2/);
    assert.match(
      stderr,
      /INFO stopped uptimeSeconds=\d+ peakPeers=20 connectionsOpened=20 connectionsDenied=0 pings=[1-9]/,
    );
    assert.equal(stderr.match(/stopped/g)?.length, 1);
    for (const pid of workers) assert(!isRunning(pid));
    await reportAtEnd(clients);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} to all of them at once, as systemd and Ctrl-C do, though one hangs and no Collector answers`, async (t) => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      t.after(() => silent.close());
      const server = await startDaemonProcess(['--processes', '2'], {
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      });
      const workers = childrenOf(server.pid);
      process.kill(workers[0] ?? 0, 'SIGSTOP');
      const startedAt = performance.now();
      for (const pid of workers) process.kill(pid, signal);
      server.child.kill(signal);
      assert.equal((await server.finished).status, 0);
      assert(performance.now() - startedAt < 5000);
      for (const pid of workers) assert(!isRunning(pid));
    });
  }

  test('SIGKILL of the primary: the workers end by themselves, and the port is free', async () => {
    const key = join(await mkdtemp(join(tmpdir(), 'peermeter-processes-')), 'peer.key');
    const server = await startDaemonProcess(['--processes', '2', '--key', key]);
    const workers = childrenOf(server.pid);
    server.child.kill('SIGKILL');
    await eventually(() => assert(!workers.some(isRunning)), 5000);
    const port = server.address.split('/')[4] ?? '';
    const again = await startDaemonProcess(['--processes', '2', '--key', key, '-p', port]);
    assert.equal(again.address, server.address);
    assert.equal((await again.stop()).status, 0);
  });
});

describe('at the start', () => {
  const fails = async (argv: readonly string[], status: number, line: RegExp): Promise<void> => {
    const finished = await peermeter(['run', '-m', '0', ...argv]).finished;
    assert.equal(finished.status, status, finished.stderr);
    assert.match(finished.stderr, line);
    assert.equal(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr);
  };

  test('a number that is none', () =>
    fails(
      ['--processes', 'many'],
      2,
      /^peermeter: --processes is "many", but must be a whole number from 1 to 256, or auto/,
    ));

  test('a port that another daemon of several processes has', async (t) => {
    const server = await startTwo(t);
    const port = server.address.split('/')[4] ?? '';
    const key = join(await mkdtemp(join(tmpdir(), 'peermeter-processes-')), 'peer.key');
    await fails(['--processes', '2', '-p', port, '--key', key], 1, /the port is in use; choose another with -p/);
  });

  test('an address of no interface', () =>
    fails(['--processes', '2', '-p', '0', '--host', '192.0.2.1'], 1, /no interface of this machine has that address/));

  test('a dial to oneself', async (t) => {
    const key = join(await mkdtemp(join(tmpdir(), 'peermeter-processes-')), 'peer.key');
    const server = await startTwo(t, '--key', key);
    await fails(['--processes', '2', '-p', '0', '--key', key, '-d', server.address], 78, /is this node itself/);
  });
});

test('targets are each kept by one process, and ping-resource-demo takes the flag', async (t) => {
  const targets = await Promise.all([startDaemonProcess(), startDaemonProcess(), startDaemonProcess()]);
  const dials = targets.flatMap(({ address }) => ['-d', address]);
  const client = peermeter(['--processes', '2', '-p', '0', '-m', '0', ...dials], {}, DEMO);
  t.after(async () => {
    client.child.kill('SIGTERM');
    await Promise.all([client.finished, ...targets.map((target) => target.stop())]);
  });
  await eventually(async () => {
    for (const target of targets) assert.equal((await target.scrape()).value('libp2p_concurrent_peers'), 1);
    assert.equal(client.stderr().match(/INFO connected to target process=\d/g)?.length, 3);
  });
  for (const target of targets) {
    assert.equal((await target.scrape()).value('libp2p_connections_opened_total'), 1, 'dialled once');
  }
  const metricsUrl = /^Metrics on (\S+)$/m.exec(client.stdout())?.[1] ?? '';
  const text = await (await fetch(metricsUrl)).text();
  assert.match(text, /^libp2p_concurrent_peers 3$/m);
  assert.match(text, /^libp2p_process_peers\{process="0"\} 2$/m);
  assert.match(text, /^libp2p_process_peers\{process="1"\} 1$/m);
});
