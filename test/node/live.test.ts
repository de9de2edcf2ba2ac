import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exposition } from '../../src/doctor/exposition.ts';
import type { LivePeerRow, LivePoint } from '../../src/live/feed.ts';
import { DEFAULT_LIMITS } from '../../src/live/limits.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { type Looking, look } from '../support/live.ts';

const PEERS = 20;

async function started(t: TestContext, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const daemon = await startDaemonProcess(argv, env);
  t.after(() => daemon.stop());
  return daemon;
}

function swarm(address: string, peers = PEERS): Running {
  return peermeter(['swarm', '-d', address, '-n', String(peers), '--ramp', '0', '--duration', '120']);
}

/** What `/metrics` says for each field of a point that is a gauge. */
const GAUGES: { readonly [field in keyof LivePoint]?: (scrape: Exposition) => number } = {
  peers: (scrape) => scrape.value('libp2p_concurrent_peers'),
  maxPeers: (scrape) => scrape.value('libp2p_max_concurrent_peers'),
  inbound: (scrape) => scrape.value('libp2p_concurrent_connections', { direction: 'inbound' }),
  outbound: (scrape) => scrape.value('libp2p_concurrent_connections', { direction: 'outbound' }),
  poolUtilization: (scrape) => scrape.value('libp2p_connection_pool_utilization'),
  poolSize: (scrape) => scrape.value('libp2p_connection_pool_size'),
  memoryPerPeerBytes: (scrape) => scrape.value('libp2p_memory_per_peer_bytes'),
  memoryRssBytes: (scrape) => scrape.value('libp2p_memory_rss_bytes'),
  heapUsedBytes: (scrape) => scrape.value('libp2p_heap_used_bytes'),
  cpuPercent: (scrape) => scrape.value('libp2p_cpu_usage_percent'),
  descriptors: (scrape) => scrape.value('libp2p_fd_count'),
  descriptorLimit: (scrape) => scrape.value('libp2p_fd_limit'),
  loopDelayP99Seconds: (scrape) => scrape.value('libp2p_event_loop_delay_p99_seconds'),
};

/** The counter behind each field that is told of a stretch of time. */
const COUNTERS: { readonly [field in keyof LivePoint]?: string } = {
  pingsPerSecond: 'libp2p_ping_responses_total',
  pingFailuresPerSecond: 'libp2p_ping_errors_total',
  openedPerSecond: 'libp2p_connections_opened_total',
  closedPerSecond: 'libp2p_connections_closed_total',
  deniedPerSecond: 'libp2p_connections_denied_total',
  readBytesPerSecond: 'libp2p_io_read_bytes_total',
  writtenBytesPerSecond: 'libp2p_io_write_bytes_total',
};

/** A scrape, and the points before and after it. */
async function scrapeBetween(daemon: DaemonProcess, looking: Looking): Promise<[LivePoint, Exposition, LivePoint]> {
  const had = looking.all('point').length;
  const before = (await looking.atLeast(had + 1, 'point')).at(-1);
  const scrape = await daemon.scrape();
  const next = (await looking.atLeast(looking.all('point').length + 1, 'point')).at(-1);
  assert(before !== undefined && next !== undefined);
  return [before, scrape, next];
}

for (const [what, argv] of [
  ['one process', []],
  ['two processes', ['--processes', '2']],
] as const) {
  describe(`the live feed of ${what}, with ${PEERS} peers`, () => {
    let daemon: DaemonProcess;
    let clients: Running;
    let looking: Looking;
    before(async () => {
      daemon = await startDaemonProcess([...argv]);
      clients = swarm(daemon.address);
      looking = await look(daemon.metricsUrl);
      await eventually(() => assert.equal(looking.all('point').at(-1)?.peers, PEERS));
    });
    after(async () => {
      looking?.close();
      clients?.child.kill('SIGKILL');
      await daemon?.stop();
    });

    test('says first who it is and what was', () => {
      assert.deepEqual(
        looking.events.slice(0, 2).map(({ name }) => name),
        ['hello', 'history'],
      );
      const [hello] = looking.all('hello');
      assert.equal(hello?.peerId, daemon.peerId);
      assert.equal(hello?.addresses[0], daemon.address);
      assert.equal(hello?.processes, argv.length === 0 ? 1 : 2);
      assert.equal(hello?.intervalMs, 1000);
      assert(Math.abs((hello?.startedAtMs ?? 0) - Date.now()) < 60_000);
    });

    test('says of each gauge what /metrics says, within one tick', async () => {
      await eventually(async () => {
        const [point, scrape, next] = await scrapeBetween(daemon, looking);
        for (const [field, of] of Object.entries(GAUGES)) {
          const values = [point, next].map((each) => each[field as keyof LivePoint]);
          assert(values.includes(of(scrape)), `${field}: ${values} around ${of(scrape)}`);
        }
        for (const percentile of [50, 95, 99] as const) {
          const age = scrape.value('libp2p_peer_connection_age_seconds', { percentile: String(percentile) });
          assert(point[`ageP${percentile}Seconds`] <= age && age <= next[`ageP${percentile}Seconds`]);
        }
      });
    });

    test('tells counters by their growth since the point before', async () => {
      const [, first] = await scrapeBetween(daemon, looking);
      const from = looking.all('point').length - 1;
      await sleep(4000);
      const [, last] = await scrapeBetween(daemon, looking);
      // From the point after the first scrape to the one before the last.
      const points = looking.all('point').slice(from, -1);
      for (const [field, counter] of Object.entries(COUNTERS)) {
        const grown = last.value(counter) - first.value(counter);
        const told = points.slice(1).reduce((sum, point, at) => {
          const seconds = (point.atMs - (points[at]?.atMs ?? 0)) / 1000;
          return sum + seconds * (point[field as keyof LivePoint] ?? Number.NaN);
        }, 0);
        // The points stop short of the scrapes by up to two seconds of six.
        assert(told <= grown * 1.05 && told >= grown * 0.4, `${field}: ${told} of ${grown}`);
      }
    });

    test('tells round trips by the pings since the point before', () => {
      const point = looking.all('point').findLast(({ rttP50Seconds }) => rttP50Seconds !== null);
      const { rttP50Seconds, rttP95Seconds, rttP99Seconds } = point ?? {};
      assert(rttP50Seconds && rttP95Seconds && rttP99Seconds);
      assert(0 < rttP50Seconds && rttP50Seconds <= rttP95Seconds && rttP95Seconds <= rttP99Seconds);
    });

    test('has a row for each peer, as /metrics has its series', async () => {
      await eventually(async () => {
        const tables = looking.all('peers').length;
        const table = (await looking.atLeast(tables + 1, 'peers')).at(-1);
        const scrape = await daemon.scrape();
        const next = (await looking.atLeast(looking.all('peers').length + 1, 'peers')).at(-1);
        assert(table !== undefined && next !== undefined);
        assert.equal(table.total, PEERS);
        const byId = (rows: readonly LivePeerRow[]) => new Map(rows.map((row) => [row.peerId, row]));
        const later = byId(next.peers);
        const series = scrape.all('libp2p_peer_ping_rtt_seconds');
        assert.deepEqual(
          table.peers.map(({ peerId }) => peerId).sort(),
          series.map(({ labels }) => labels.peer_id).sort(),
        );
        let same = 0;
        for (const row of table.peers) {
          const { value } = series.find(({ labels }) => labels.peer_id === row.peerId) ?? {};
          if (value === row.rttSeconds || value === later.get(row.peerId)?.rttSeconds) same++;
          assert.equal(row.direction, 'inbound');
          assert.match(row.address, /^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
          assert.equal(row.target, false);
          assert.equal(row.failures, 0);
          assert(row.connectedAtMs <= Date.now() + 1 && row.connectedAtMs > Date.now() - 60_000);
        }
        // A peer may be pinged twice between two tables.
        assert(same >= 0.8 * PEERS, `${same} round trips are those of the scrape`);
        const times = table.peers.map(({ connectedAtMs }) => connectedAtMs);
        assert.deepEqual(
          times,
          [...times].sort((a, b) => a - b),
          'those connected longest first',
        );
      });
    });

    test('gives the points again to who comes again, or only those that were missed', async () => {
      const seen = looking.all('point');
      const again = await look(daemon.metricsUrl);
      const [history = []] = await again.atLeast(1, 'history');
      again.close();
      assert.deepEqual(history.slice(-seen.length).slice(0, -1), seen.slice(-history.length).slice(0, -1));

      const missed = await look(daemon.metricsUrl, { 'last-event-id': String(history.at(-3)?.atMs) });
      const [since = []] = await missed.atLeast(1, 'history');
      missed.close();
      assert.deepEqual(since.slice(0, 2), history.slice(-2));
      assert(since.length < history.length);
    });
  });
}

test('targets come first, and are told', async (t) => {
  const server = await started(t);
  const client = await started(t, ['-d', server.address]);
  const clients = swarm(client.address, 3);
  t.after(() => clients.child.kill('SIGKILL'));
  const looking = await look(client.metricsUrl);
  t.after(() => looking.close());
  await eventually(() => {
    const [first, ...others] = looking.all('peers').at(-1)?.peers ?? [];
    assert.equal(others.length, 3);
    assert.deepEqual([first?.peerId, first?.target, first?.direction], [server.peerId, true, 'outbound']);
    assert.equal(`${first?.address}/p2p/${server.peerId}`, server.address);
    assert(others.every(({ target, direction }) => !target && direction === 'inbound'));
  });
  server.child.kill('SIGKILL');
  await eventually(() => assert.equal(looking.all('peers').at(-1)?.total, 3));
  // The connection to the server is the only one that has ended.
  await eventually(() => {
    const point = looking.all('point').at(-1);
    assert(point?.durationP50Seconds !== null && point?.durationP50Seconds !== undefined);
    assert.equal(point.peers, 3);
  });
});

for (const env of [{ OTEL_METRICS_EXPORTER: 'none' }, { PEERMETER_METRICS_NAMING: 'semantic' }]) {
  test(`is the same with ${JSON.stringify(env)}`, async (t) => {
    const server = await startServer(t, env);
    const clients = swarm(server.address, 3);
    t.after(() => clients.child.kill('SIGKILL'));
    const looking = await look(server.url);
    t.after(() => looking.close());
    await eventually(() => {
      const point = looking.all('point').at(-1);
      assert.equal(point?.peers, 3);
      assert((point?.pingsPerSecond ?? 0) > 0 && (point?.rttP50Seconds ?? 0) > 0 && point.memoryRssBytes > 2 ** 20);
    });
  });
}

/** With exporters off there is no metrics URL to wait for. */
async function startServer(t: TestContext, env: NodeJS.ProcessEnv): Promise<{ address: string; url: string }> {
  const running = peermeter(['run', '-p', '0', '-m', '0'], env);
  t.after(async () => {
    running.child.kill('SIGTERM');
    await running.finished;
  });
  return eventually(() => {
    const address = /^Listening on (\S+)$/m.exec(running.stdout())?.[1];
    const url = /^(?:Metrics|Health) on (\S+)$/m.exec(running.stdout())?.[1];
    assert(address !== undefined && url !== undefined);
    return { address, url };
  });
}

describe('who looks', () => {
  let daemon: DaemonProcess;
  before(async () => {
    daemon = await startDaemonProcess();
  });
  after(() => daemon?.stop());
  const descriptors = (): number => readdirSync(`/proc/${daemon.pid}/fd`).length;

  test('leaves nothing behind', async () => {
    await (await fetch(daemon.metricsUrl)).text();
    const quiet = descriptors();
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(Array.from({ length: 20 }, () => look(daemon.metricsUrl)));
      assert(descriptors() >= quiet + 20);
      await Promise.all(all.map((each) => each.atLeast(1, 'history')));
      for (const each of all) each.close();
      await eventually(() => assert(descriptors() <= quiet, `${descriptors()} of ${quiet}`));
    }
    assert.doesNotMatch(daemon.stderr(), /MaxListeners|WARN|ERROR/);
  });

  test('is one of fifty at most; the next is told why not', async () => {
    const all = await Promise.all(Array.from({ length: DEFAULT_LIMITS.maxViewers }, () => look(daemon.metricsUrl)));
    assert.deepEqual(new Set(all.map(({ response }) => response.statusCode)), new Set([200]));
    const refused = await fetch(new URL('/live', daemon.metricsUrl));
    assert.equal(refused.status, 503);
    assert.equal(await refused.text(), '50 look already, which is the limit\n');
    assert.equal((await fetch(daemon.metricsUrl)).status, 200, 'scrapes go on');
    all[0]?.close();
    await eventually(async () => {
      const next = await look(daemon.metricsUrl);
      next.close();
      assert.equal(next.response.statusCode, 200);
    });
    for (const each of all) each.close();
  });

  test('must call the daemon by its name, and may ask for the head alone', async () => {
    const ask = async (method: string, headers: Record<string, string>) => {
      const asked = request(new URL('/live', daemon.metricsUrl), { method, headers, agent: false }).end();
      const [response] = await once(asked, 'response');
      response.resume();
      return response;
    };
    assert.equal((await ask('GET', { host: 'evil.example' })).statusCode, 403);
    assert.equal((await ask('POST', {})).statusCode, 405);
    const head = await ask('HEAD', {});
    assert.equal(head.statusCode, 200);
    assert.match(head.headers['content-type'], /^text\/event-stream/);
    assert.match(head.headers['content-security-policy'], /^default-src 'none'/);
    await once(head, 'close');
  });
});

test('a daemon that stops says so at once, while its last push is still under way', async (t) => {
  const daemon = await started(t, [], {
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  });
  const looking = await look(daemon.metricsUrl);
  await looking.atLeast(1, 'point');
  daemon.child.kill('SIGTERM');
  await looking.ended;
  assert.equal(looking.events.at(-1)?.name, 'bye');
  assert.equal(daemon.child.exitCode, null, 'it is still there');
  assert.equal((await look(daemon.metricsUrl)).response.statusCode, 503);
  assert.equal((await daemon.finished).status, 0);
});
