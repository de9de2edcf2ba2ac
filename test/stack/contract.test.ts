import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusLabel, prometheusName, prometheusType } from '../../src/contract/naming.ts';
import { promtool } from '../../stack/prometheus.ts';
import { type Chain, INTERVAL_MS, startChain } from '../support/chain.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

/** The two documented names that end in a word promtool takes for a type or a unit. */
const ALLOWED_BY_PROMTOOL = ['libp2p_fd_count', 'libp2p_thread_count'];
const PUSHED = '{job="peermeter"}';
const PULLED = '{job="pull"}';

describe('a server with 50 peers, in a real Collector and a real Prometheus', () => {
  let chain: Chain;
  let target: DaemonProcess;
  let staying: Running;
  let leaving: Running;

  before(async () => {
    // A server that also dials, so that no row of the contract is without a reason to have data.
    target = await startDaemonProcess();
    chain = await startChain(['-d', target.address]);
    const swarm = (peers: number) =>
      peermeter([
        'swarm',
        '-d',
        chain.server.address,
        '-n',
        String(peers),
        '--ramp',
        '1s',
        '--duration',
        '300s',
        '--json',
      ]);
    staying = swarm(29);
    leaving = swarm(20);
    await eventually(async () => assert.equal((await chain.server.scrape()).value('libp2p_concurrent_peers'), 50));
  });
  after(async () => {
    staying?.child.kill('SIGTERM');
    leaving?.child.kill('SIGKILL');
    await staying?.finished;
    await target?.stop();
    await chain?.stop();
  });

  const pushed = (promql: string) => chain.prometheus.query(promql.replaceAll('$', PUSHED));
  const value = async (promql: string): Promise<number> => {
    const samples = await pushed(promql);
    assert.equal(samples.length, 1, `${promql}: ${samples.length} series`);
    return samples[0]?.value ?? Number.NaN;
  };

  test('both ways say 50', async () => {
    await chain.prometheus.waitFor(`libp2p_concurrent_peers${PUSHED}`, ([sample]) => sample?.value === 50);
    await chain.prometheus.waitFor(`libp2p_concurrent_peers${PULLED}`, ([sample]) => sample?.value === 50);
    assert.equal(await value('libp2p_connection_pool_utilization$'), 50 / 200);
    assert.equal(await value('sum(libp2p_concurrent_connections$) / sum(libp2p_connection_pool_size$)'), 50 / 200);
  });

  test('after 20 were killed it is 30, within an export interval and a second', async () => {
    leaving.child.kill('SIGKILL');
    // One interval until it is pushed, the second, and one until Prometheus has looked.
    await chain.prometheus.waitFor(`libp2p_concurrent_peers${PUSHED}`, ([sample]) => sample?.value === 30, {
      timeoutMs: INTERVAL_MS + 1000 + INTERVAL_MS,
      intervalMs: 50,
    });
    const closed = await eventually(async () => {
      const closed = await value('sum(libp2p_connections_closed_total$)');
      assert.equal(closed, 20);
      return closed;
    });
    assert.equal(await value('sum(libp2p_peer_connection_duration_seconds_count$)'), closed);
  });

  test('the series of the killed peers are gone from push and pull within two intervals', async () => {
    await sleep(2 * INTERVAL_MS);
    for (const way of [PUSHED, PULLED]) {
      const series = await chain.prometheus.query(`libp2p_peer_ping_failures_total${way}`);
      assert.equal(series.length, 30, way);
    }
  });

  test('requests are responses + errors + active pings', async () => {
    const difference =
      'libp2p_ping_requests_total$ - libp2p_ping_responses_total$ - sum without (reason) (libp2p_ping_errors_total$) - libp2p_active_pings$';
    assert.equal(await value(difference), 0);
  });

  test('every row has data under its exact name, type and labels, by push and by pull', async () => {
    for (const [way, job] of [
      [PUSHED, 'collector'],
      [PULLED, 'pull'],
    ] as const) {
      const types = new Map(
        (await chain.prometheus.targetMetadata(`{job="${job}"}`)).map(({ metric, type }) => [metric, type]),
      );
      // One process has no others to be told apart from.
      for (const row of METRIC_ROWS.filter(({ source }) => source !== 'per-process')) {
        const name = prometheusType(row) === 'histogram' ? `${row.name}_count` : row.name;
        const samples = await chain.prometheus.waitFor(`${name}${way}`, (found) => found.length > 0);
        assert.equal(types.get(row.name), prometheusType(row), `type of ${row.name} by ${job}`);
        const labels = Object.keys(row.labels).map(prometheusLabel);
        for (const { metric } of samples) {
          assert.deepEqual(Object.keys(metric).sort(), ['__name__', 'instance', 'job', ...labels].sort());
        }
      }
    }
  });

  test('both ways give the same series, to the last label and bucket bound', async () => {
    const series = async (way: string) => {
      const samples = await chain.prometheus.query(`{__name__=~"libp2p_.+", ${way.slice(1)}`);
      return samples
        .map(({ metric: { job, instance, ...rest } }) => JSON.stringify(Object.entries(rest).sort()))
        .sort();
    };
    await eventually(async () => {
      const [byPush, byPull] = [await series(PUSHED), await series(PULLED)];
      assert(byPush.length > 300);
      assert.deepEqual(byPush, byPull);
    });
    const bounds = await chain.prometheus.query(`libp2p_ping_rtt_seconds_bucket${PUSHED}`);
    const { buckets = [] } = METRIC_ROWS.find(({ key }) => key === 'pingRtt') ?? {};
    assert.deepEqual(
      bounds.map(({ metric }) => Number(metric.le?.replace('+Inf', 'Infinity'))).sort((a, b) => a - b),
      [...buckets, Number.POSITIVE_INFINITY],
    );
  });

  test('the instance is the peer id, the resource is in target_info', async () => {
    const [peers] = await pushed('libp2p_concurrent_peers$');
    assert.equal(peers?.metric.instance, chain.server.peerId);
    const [info] = await pushed('target_info$');
    assert.match(info?.metric.service_version ?? '', /^\d+\.\d+\.\d+$/);
  });

  test('promtool finds nothing but the two allowed names, on the daemon and on the Collector', async () => {
    for (const url of [chain.server.metricsUrl, chain.collector.metricsUrl]) {
      const exposition = await (await fetch(url)).text();
      const { stdout, stderr } = await promtool(['check', 'metrics'], { input: exposition });
      const findings = `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line !== '' && !ALLOWED_BY_PROMTOOL.some((name) => line.startsWith(name)));
      assert.deepEqual(findings, [], url);
    }
  });

  test('the pipeline has counted itself', async () => {
    assert((await value('libp2p_telemetry_exports_total{exporter="otlp",result="success",job="peermeter"}')) > 3);
    assert((await value('libp2p_telemetry_exports_total{exporter="prometheus",result="success",job="peermeter"}')) > 3);
    assert.equal(await value('sum(libp2p_telemetry_exports_total{result="failure",job="peermeter"})'), 0);
    const age = 'time() - libp2p_telemetry_last_success_timestamp_seconds{exporter="otlp",job="peermeter"}';
    assert((await value(age)) < 10);
  });
});

test('semantic naming: the instrument names come through, with the same buckets', async (t) => {
  const chain = await startChain(['--metrics-naming', 'semantic']);
  t.after(() => chain.stop());
  for (const row of METRIC_ROWS.filter(({ source, kind }) => source === 'observe' && kind !== 'histogram')) {
    // These have data only with peers, or after the first success of an exporter.
    if (['connectionAge', 'telemetryLastSuccess'].includes(row.key)) continue;
    await chain.prometheus.waitFor(`${prometheusName(row, 'semantic')}${PULLED}`, (found) => found.length > 0);
    // This Collector adds no suffixes, not even `_total`: it passes names on as they are.
    const passedOn = row.instrument.replaceAll('.', '_');
    await chain.prometheus.waitFor(`${passedOn}${PUSHED}`, (found) => found.length > 0);
  }
  assert.deepEqual(await chain.prometheus.query('libp2p_memory_rss_bytes'), []);
  const exposition = (await chain.server.scrape()).text;
  const { stdout, stderr } = await promtool(['check', 'metrics'], { input: exposition });
  assert.doesNotMatch(`${stdout}${stderr}`, /error/i);
});

test('a restart with the same key is the same instance and one clean counter reset', async (t) => {
  const key = ['--key', join(await mkdtemp(join(tmpdir(), 'peermeter-chain-')), 'peer.key')];
  const chain = await startChain(key);
  t.after(() => chain.stop());
  const client = await startDaemonProcess(['-d', chain.server.address, '--ping-interval', '100ms']);
  t.after(() => client.stop());
  const read = `libp2p_io_read_bytes_total${PUSHED}`;
  await chain.prometheus.waitFor(read, ([sample]) => (sample?.value ?? 0) > 5000);
  await chain.server.stop();
  const port = chain.server.address.split('/')[4] ?? '';
  const again = await startDaemonProcess([...key, '-p', port], chain.pushing);
  t.after(() => again.stop());
  assert.equal(again.peerId, chain.server.peerId);
  await eventually(async () => assert.equal((await client.scrape()).value('libp2p_concurrent_peers'), 1));
  await chain.prometheus.waitFor(`resets(${read.replace('}', '}[1m]')})`, ([sample]) => sample?.value === 1);
  await sleep(3 * INTERVAL_MS);
  const resets = await chain.prometheus.query(`resets(${read.replace('}', '}[1m]')})`);
  assert.equal(resets.length, 1, 'one instance');
  assert.equal(resets[0]?.value, 1, 'one reset');
});
