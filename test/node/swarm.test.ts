import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { identify } from '@libp2p/identify';
import type { IdentifyResult, Libp2p } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { ensureGoPrograms } from '../../bench/programs/go.ts';
import type { SwarmReport } from '../../src/swarm/report.ts';
import { type DaemonProcess, type Finished, peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MANY = ['--max-peers', '5000', '--max-connections', '5000'];

const swarm = (address: string, ...more: string[]) => peermeter(['swarm', '-d', address, '--json', ...more]);
const reportOf = ({ stdout, stderr }: Finished): SwarmReport => {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
};

/** A scenario of the test's, in a file that goes with it. */
async function scenarioFile(t: TestContext, yaml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-swarm-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'scenario.yml');
  await writeFile(file, yaml);
  return file;
}

/** Another program that prints "Listening on MULTIADDR". */
async function startServer(t: TestContext, command: string, args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return eventually(() => {
    const address = /^Listening on (\/ip4\/127\S+)$/m.exec(said)?.[1];
    assert(address !== undefined, `no address in ${JSON.stringify(said)}`);
    return address;
  });
}

describe('light peers at a daemon', () => {
  let server: DaemonProcess;
  before(async () => {
    server = await startDaemonProcess([...MANY, '--ping-interval', '500ms', '--ping-timeout', '1s']);
  });
  after(() => server?.stop());

  const counters = async () => {
    const scrape = await server.scrape();
    return {
      opened: scrape.value('libp2p_connections_opened_total'),
      closed: scrape.value('libp2p_connections_closed_total'),
      liveness: scrape.value('libp2p_connections_closed_total', { reason: 'liveness' }),
      peers: scrape.value('libp2p_concurrent_peers'),
    };
  };

  test('ping, are pinged without an error, and leave nothing behind', async () => {
    const clients = swarm(server.address, '-n', '40', '--ramp', '0', '--duration', '6s', '--ping-interval', '100ms');
    await eventually(async () => assert.equal((await counters()).peers, 40));
    await sleep(2000);
    const scrape = await server.scrape();
    assert.equal(scrape.value('libp2p_ping_errors_total'), 0);
    assert(scrape.value('libp2p_ping_responses_total') >= 80, 'the server has its pings answered');
    const report = reportOf(await clients.finished);
    assert.deepEqual([report.kind, report.connected, report.pingErrors, report.disconnects], ['light', 40, 0, 0]);
    assert(report.pings > 40 * 20, `${report.pings} pings`);
    await eventually(async () => assert.equal((await counters()).peers, 0));
  });

  test('are replaced under churn, as the server counts it', async (t) => {
    const earlier = await counters();
    const file = await scenarioFile(
      t,
      'peers: 20\nphases:\n  - { duration: 2s, ramp: 1s }\n  - { duration: 5s, churn: 8 }\n',
    );
    const report = reportOf(await swarm(server.address, '--scenario', file, '--workers', '3').finished);
    assert(report.staged.replaced >= 30 && report.staged.replaced <= 41, `${report.staged.replaced} replaced`);
    assert.equal(report.requested, 20 + report.staged.replaced);
    assert.equal(report.disconnects, 0, 'who is replaced was not disconnected');
    await eventually(async () => {
      const now = await counters();
      assert.equal(now.opened - earlier.opened, report.requested);
      assert.equal(now.closed - earlier.closed, report.requested);
    });
  });

  test('that freeze are closed for their silence, and come back when they wake', async (t) => {
    const earlier = await counters();
    const yaml = `
peers: 20
ping-interval: 200ms
phases:
  - { duration: 2s, ramp: 1s }
  - { name: frozen, duration: 6s, freeze: { share: 25%, for: 6s, every: 6s } }
  - { name: awake, duration: 4s }
`;
    const report = reportOf(await swarm(server.address, '--scenario', await scenarioFile(t, yaml)).finished);
    assert.equal(report.staged.frozen, 5);
    assert.equal((await counters()).liveness - earlier.liveness, 5);
    assert.equal(report.disconnects, 5);
    assert.equal(report.connectedAtEnd, 20);
    assert.equal(report.failed.no_answer, undefined);
    // What a frozen peer did not ask is no failure of the server's.
    assert.equal(report.pingErrorsByReason.timeout, undefined);
  });

  test('that flap go and return under the same identity', async (t) => {
    const earlier = await counters();
    const yaml =
      'peers: 20\nphases:\n  - { duration: 2s }\n  - { duration: 6s, flap: { share: 25%, down: 500ms, every: 2s } }\n';
    const report = reportOf(await swarm(server.address, '--scenario', await scenarioFile(t, yaml)).finished);
    assert(report.staged.dropped >= 10 && report.staged.dropped <= 20, `${report.staged.dropped} dropped`);
    assert.deepEqual([report.requested, report.connected, report.disconnects], [20, 20, 0]);
    const opened = (await counters()).opened - earlier.opened;
    // One that dropped last may not have returned by the end.
    assert(opened <= 20 + report.staged.dropped && opened >= 15 + report.staged.dropped, `${opened} connections`);
  });

  test('come and go with the phases', async (t) => {
    const yaml = `
peers: 40
phases:
  - { name: few, duration: 3s, peers: 25% }
  - { name: all, duration: 3s, ramp: 1s, peers: 100% }
  - { name: half, duration: 3s, ramp: 1s, peers: 50% }
`;
    const file = await scenarioFile(t, yaml);
    const report = reportOf(await swarm(server.address, '--scenario', file, '--workers', '3').finished);
    const onlineAt = (seconds: number) => report.timeline.findLast((point) => point.seconds <= seconds)?.online;
    assert.deepEqual([onlineAt(3), onlineAt(6), onlineAt(9)], [10, 40, 20]);
    assert.deepEqual([report.requested, report.connected, report.connectedAtEnd, report.disconnects], [40, 40, 20, 0]);
    assert.deepEqual(
      report.phases.map(({ name, fromSeconds }) => [name, fromSeconds]),
      [
        ['few', 0],
        ['all', 3],
        ['half', 6],
      ],
    );
  });

  for (const name of ['ramp', 'steady', 'stampede', 'mixed']) {
    test(`go through ${name}`, async () => {
      const { status, ...rest } = await swarm(server.address, '--scenario', name, '-n', '30', '--duration', '6s')
        .finished;
      const report = reportOf({ status, ...rest });
      assert.equal(report.scenario, name);
      assert.equal(report.connected + (report.failed.cut_short ?? 0), report.requested);
      assert.equal(report.durationSeconds, 6);
      assert.equal(status, 0, JSON.stringify(report.thresholds));
    });
  }

  test('hold the run to its thresholds, and say so in text, in JSON and on a page', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'peermeter-swarm-'));
    t.after(() => rm(folder, { recursive: true }));
    const page = join(folder, 'report.html');
    const run = (...more: string[]) =>
      peermeter(['swarm', '-d', server.address, '-n', '5', '--ramp', '0', '--duration', '2s', ...more]).finished;
    const held = await run('--require', 'connected=100%,disconnects=0', '--html', page);
    assert.equal(held.status, 0, held.stderr);
    assert.match(held.stdout, /^held {8}connected=100%: 100 %$/m);
    assert.match(await readFile(page, 'utf8'), /<span class="held">held<\/span> connected=100%: 100 %/);
    const missed = await run('--require', 'connected=100%, rtt.min<0.000001ms', '--json');
    assert.equal(missed.status, 1);
    const { thresholds } = reportOf(missed);
    assert.deepEqual(
      thresholds.map(({ text, held }) => [text, held]),
      [
        ['connected=100%', true],
        ['rtt.min<0.000001ms', false],
      ],
    );
  });

  test('do not take another for the server they were to go to', async () => {
    const other = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';
    const wrong = server.address.replace(/[^/]+$/, other);
    const finished = await swarm(wrong, '-n', '2', '--ramp', '0').finished;
    assert.deepEqual(reportOf(finished).failed, { wrong_peer: 2 });
    assert.equal(finished.status, 1);
  });

  test('report at Ctrl-C, also before the scenario is over', async () => {
    const clients = swarm(server.address, '-n', '5', '--scenario', 'steady');
    await eventually(async () => assert.equal((await counters()).peers, 5));
    clients.child.kill('SIGINT');
    const finished = await clients.finished;
    assert.equal(reportOf(finished).connected, 5);
    assert.equal(finished.status, 0, finished.stdout);
  });

  test('are a thousand in one process', async () => {
    const clients = swarm(server.address, '-n', '1000', '--ramp', '10s', '--ping-interval', '5s', '--duration', '300s');
    await eventually(async () => assert.equal((await counters()).peers, 1000), 90_000, 500);
    clients.child.kill('SIGTERM');
    const report = reportOf(await clients.finished);
    assert.equal(report.disconnects, 0);
    assert.equal(report.connectedAtEnd, report.connected);
    assert(report.connected + (report.failed.cut_short ?? 0) === 1000, JSON.stringify(report.failed));
  });

  test('full nodes take the same scenario', async (t) => {
    const yaml =
      'peers: 5\nphases:\n  - { duration: 3s }\n  - { duration: 3s, churn: 1, flap: { share: 20%, down: 500ms, every: 2s } }\n';
    const file = await scenarioFile(t, yaml);
    const report = reportOf(await swarm(server.address, '--scenario', file, '--full-nodes').finished);
    assert.equal(report.kind, 'full');
    assert(report.staged.replaced >= 2 && report.staged.dropped >= 1, JSON.stringify(report.staged));
    assert.equal(report.connected + (report.failed.cut_short ?? 0), report.requested);
    assert.equal(report.disconnects, 0);
  });
});

describe('light peers at servers of others', () => {
  test('a stock js-libp2p node ends ping streams after 10 s: nobody notices', async (t) => {
    const address = await startServer(t, process.execPath, ['bench/servers/stock-js-libp2p.ts']);
    const report = reportOf(await swarm(address, '-n', '10', '--ramp', '0', '--duration', '14s').finished);
    assert.deepEqual([report.connected, report.pingErrors, report.disconnects], [10, 0, 0]);
    assert(report.streamsReopened >= 10, `${report.streamsReopened} streams opened again`);
  });

  test('go-libp2p', async (t) => {
    const { server } = await ensureGoPrograms(() => undefined);
    const address = await startServer(t, server, []);
    const report = reportOf(
      await swarm(address, '-n', '20', '--ramp', '0', '--duration', '5s', '--require', 'errors=0').finished,
    );
    assert.deepEqual([report.connected, report.pingErrors, report.disconnects], [20, 0, 0]);
  });

  test('who asks is told who they are', async (t) => {
    const node: Libp2p = await createLibp2p({
      privateKey: await generateKeyPair('Ed25519'),
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
    });
    t.after(() => node.stop());
    const identified = new Promise<IdentifyResult>((resolve) => {
      node.addEventListener('peer:identify', ({ detail }) => resolve(detail), { once: true });
    });
    const clients = swarm(node.getMultiaddrs()[0]?.toString() ?? '', '-n', '1', '--ramp', '0', '--duration', '3s');
    const { agentVersion, protocols, listenAddrs, peerId, connection } = await identified;
    assert.match(agentVersion ?? '', /^peermeter-swarm\/\d/);
    assert.deepEqual(protocols, ['/ipfs/ping/1.0.0', '/ipfs/id/1.0.0']);
    assert.deepEqual(listenAddrs, []);
    assert(peerId.equals(connection.remotePeer));
    // This node speaks no ping: the peer never gets in, and the report says that nothing answered.
    const report = reportOf(await clients.finished);
    assert.equal(report.connected, 0);
    assert(report.pingErrorsByReason.unsupported !== undefined, JSON.stringify(report.pingErrorsByReason));
  });
});

describe('what a swarm cannot do is said in one line', () => {
  const address = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';
  const refused = async (status: number, said: RegExp, ...more: string[]): Promise<void> => {
    const finished = await peermeter(['swarm', '-d', address, ...more]).finished;
    assert.equal(finished.status, status, finished.stderr);
    assert.match(finished.stderr, said);
    assert.equal(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr);
  };

  test('a threshold', () =>
    refused(2, /--require is "rtt\.p98<1ms", but must be .*one of rtt\.min/, '--require', 'rtt.p98<1ms'));
  test('a scenario', () => refused(2, /--scenario is "chrun", but must be one of ramp, steady/, '--scenario', 'chrun'));
  test('frozen full nodes', () => refused(2, /cannot be frozen/, '--scenario', 'freeze', '--full-nodes'));
  test('a page nowhere', () => refused(78, /--html \/nowhere\/x\.html cannot be written/, '--html', '/nowhere/x.html'));
  test('a file with a mistake', async (t) => {
    const file = await scenarioFile(t, 'phases:\n  - duration: 1s\n    peeers: 5\n');
    await refused(78, /scenario\.yml:3:5: "peeers" in phases\[0\] is no key: did you mean peers\?/, '--scenario', file);
  });
  test('more peers than files may be open', async () => {
    const limited = spawn(
      'sh',
      ['-c', 'ulimit -n 200; exec "$@"', 'sh', process.execPath, 'dist/main.js', 'swarm', '-d', address, '-n', '500'],
      { cwd: ROOT },
    );
    let said = '';
    limited.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const status = await new Promise((resolve) => limited.once('close', resolve));
    assert.equal(status, 78);
    assert.match(
      said,
      /^peermeter: this swarm needs up to \d+ open files, but may have 200: run `ulimit -n \d+`[^\n]*\n$/,
    );
  });
});
