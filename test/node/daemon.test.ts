import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SwarmReport } from '../../src/swarm/report.ts';
import { type DaemonProcess, peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const swarm = (address: string, peers: number, ...more: string[]) =>
  peermeter(['swarm', '-d', address, '-n', String(peers), '--json', ...more]);

const reportOf = (stdout: string): SwarmReport => JSON.parse(stdout);

describe('fifty peers from one host, with the defaults', () => {
  let server: DaemonProcess;
  after(() => server?.stop());

  test('are all in, all pinged from both sides, and all counted', async () => {
    server = await startDaemonProcess();
    const clients = swarm(server.address, 50, '--ramp', '0', '--duration', '8');
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 50));
    await sleep(3000);
    const scrape = await server.scrape();
    assert.equal(scrape.value('libp2p_connection_pool_utilization'), 50 / 200);
    assert.equal(scrape.value('libp2p_concurrent_connections', { direction: 'inbound' }), 50);
    assert.equal(scrape.value('libp2p_connections_denied_total'), 0);
    assert(scrape.value('libp2p_ping_responses_total') >= 50, 'the server pings its clients');
    assert.equal(scrape.value('libp2p_ping_errors_total'), 0, 'and the clients do not disturb it');
    assert.equal(scrape.all('libp2p_peer_ping_rtt_seconds').length, 50);
    assert.equal(scrape.value('libp2p_active_resources', { resource_type: 'connection' }), 50);

    const report = reportOf((await clients.finished).stdout);
    assert.equal(report.requested, 50);
    assert.equal(report.connected, 50);
    assert.deepEqual(report.failed, {});
    assert.equal(report.pingErrors, 0);
    assert.equal(report.disconnects, 0);
    assert(report.pings > 100);
    const { p50, p95, p99 } = report.rttMs;
    assert(p50 !== null && p95 !== null && p99 !== null && 0 < p50 && p50 <= p95 && p95 <= p99);
  });

  test('are gone from every count once they have left, each connection observed once', async () => {
    const scrape = await eventually(async () => {
      const scrape = await server.scrape();
      assert.equal(scrape.value('libp2p_concurrent_peers'), 0);
      return scrape;
    });
    assert.equal(scrape.value('libp2p_peer_connection_duration_seconds_count'), 50);
    // The kernel resets a connection whose last bytes find nobody any more; both are the other side's doing.
    const closed = (reason: string) => scrape.value('libp2p_connections_closed_total', { reason });
    assert.equal(closed('remote') + closed('reset'), 50);
    assert.equal(scrape.value('libp2p_connections_closed_total'), 50);
    assert.equal(scrape.value('libp2p_connections_opened_total'), 50);
    assert.equal(scrape.value('libp2p_memory_per_peer_bytes'), 0);
    assert.deepEqual(
      scrape.all('libp2p_peer_connection_age_seconds').map(({ value }) => value),
      [0, 0, 0],
      'what had an age is gone',
    );
    assert.equal(scrape.all('libp2p_peer_ping_rtt_seconds').length, 0);
    assert.equal(scrape.all('libp2p_peer_ping_failures_total').length, 0);
    for (const type of ['connection', 'stream', 'ping']) {
      assert.equal(scrape.value('libp2p_active_resources', { resource_type: type }), 0, type);
      const begun = scrape.value('libp2p_resource_allocations_total', { resource_type: type });
      assert.equal(scrape.value('libp2p_resource_deallocations_total', { resource_type: type }), begun, type);
    }
  });

  test('ping requests are responses + errors + active, in every scrape', async () => {
    const clients = swarm(server.address, 20, '--duration', '4', '--ping-interval', '50ms');
    for (let round = 0; round < 30; round++) {
      const scrape = await server.scrape();
      const ended = scrape.value('libp2p_ping_responses_total') + scrape.value('libp2p_ping_errors_total');
      assert.equal(scrape.value('libp2p_ping_requests_total'), ended + scrape.value('libp2p_active_pings'));
      await sleep(100);
    }
    assert.equal((await clients.finished).status, 0);
  });
});

describe('limits', () => {
  test('peers beyond the limit are refused and counted; the others never notice', async (t) => {
    const server = await startDaemonProcess(['--max-peers', '10']);
    t.after(() => server.stop());
    const clients = swarm(server.address, 25, '--ramp', '0', '--duration', '6');
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 10));
    for (let round = 0; round < 10; round++) {
      assert((await server.scrape()).value('libp2p_concurrent_peers') <= 10);
      await sleep(100);
    }
    const scrape = await server.scrape();
    assert.equal(scrape.value('libp2p_connections_denied_total', { direction: 'inbound', reason: 'max_peers' }), 15);
    assert.equal(scrape.value('libp2p_connections_denied_total', { reason: 'max_connections' }), 0);
    const report = reportOf((await clients.finished).stdout);
    assert.equal(report.connected, 10);
    assert.equal(report.connectedAtEnd, 10);
    assert.equal(report.disconnects, 0);
    // A refused peer may have begun a ping on the connection it took for open.
    assert.deepEqual({ ...report.pingErrorsByReason, disconnected: 0, reset: 0 }, { disconnected: 0, reset: 0 });
    const failed = Object.values(report.failed).reduce((sum, count) => sum + (count ?? 0), 0);
    assert.equal(failed, 15, JSON.stringify(report.failed));
  });

  test('connections beyond the pool are refused and counted', async (t) => {
    const server = await startDaemonProcess(['--max-connections', '10', '--max-peers', '10']);
    t.after(() => server.stop());
    const clients = swarm(server.address, 25, '--ramp', '0', '--duration', '5');
    await eventually(async () => {
      const scrape = await server.scrape();
      assert.equal(scrape.value('libp2p_concurrent_peers'), 10);
      assert.equal(scrape.value('libp2p_connection_pool_utilization'), 1);
      assert.equal(scrape.value('libp2p_connections_denied_total', { reason: 'max_connections' }), 15);
    });
    assert.equal(reportOf((await clients.finished).stdout).connected, 10);
  });
});

describe('a target', () => {
  const both = async (t: TestContext, ...how: string[]) => {
    const server = await startDaemonProcess(how);
    const client = await startDaemonProcess(['-d', server.address, '--ping-interval', '100ms', ...how]);
    t.after(() => Promise.all([client.stop(), server.stop()]));
    return { server, client };
  };

  test('is counted on the client as on the server', async (t) => {
    const { server, client } = await both(t);
    await eventually(async () => {
      const [there, here] = await Promise.all([server.scrape(), client.scrape()]);
      assert.equal(there.value('libp2p_concurrent_peers'), 1);
      assert.equal(here.value('libp2p_concurrent_peers'), 1);
      assert.equal(here.value('libp2p_concurrent_connections', { direction: 'outbound' }), 1);
      assert.equal(here.value('libp2p_dials_total', { result: 'success' }), 1);
      assert.equal(here.value('libp2p_dial_duration_seconds_count', { result: 'success' }), 1);
    });
  });

  for (const how of [[], ['--ping-handler', 'libp2p'], ['--ping-streams', 'new']]) {
    test(`pings and is pinged at once, undisturbed, with ${how.join(' ') || 'the defaults'}`, async (t) => {
      const { server, client } = await both(t, ...how);
      // Longer than the 10 s after which libp2p's own ping handler ends a stream.
      await sleep(12_000);
      const [there, here] = await Promise.all([server.scrape(), client.scrape()]);
      for (const scrape of [there, here]) {
        assert.equal(scrape.value('libp2p_ping_errors_total'), 0);
        assert.equal(scrape.value('libp2p_connections_closed_total'), 0);
        assert(scrape.value('libp2p_streams_open', { protocol: '/ipfs/ping/1.0.0' }) <= 4);
      }
      assert(here.value('libp2p_ping_responses_total') > 90);
    });
  }

  test('that restarts with its key is the same peer, and its clients come back', async (t) => {
    const state = await mkdtemp(join(tmpdir(), 'peermeter-state-'));
    const key = ['--key', join(state, 'peer.key')];
    const first = await startDaemonProcess(key);
    const port = first.address.split('/')[4] ?? '';
    const client = await startDaemonProcess(['-d', first.address]);
    t.after(() => client.stop());
    const connected = (peers: number) => async () =>
      assert.equal((await client.scrape()).value('libp2p_concurrent_peers'), peers);
    await eventually(connected(1));
    await sleep(1500);
    assert.equal((await first.stop()).status, 0);
    await eventually(connected(0), 1500);
    await sleep(3000);
    const second = await startDaemonProcess([...key, '-p', port]);
    t.after(() => second.stop());
    assert.equal(second.address, first.address);
    await eventually(connected(1));
    assert.equal(client.stderr().match(/WARN .*target/g)?.length, 1, client.stderr());
    await eventually(() => assert.match(client.stderr(), /target is back/));
  });

  test('that is killed is gone from the count within a second', async (t) => {
    const server = await startDaemonProcess();
    const client = await startDaemonProcess(['-d', server.address]);
    t.after(() => server.stop());
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 1));
    client.child.kill('SIGKILL');
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 0), 1000);
  });
});
