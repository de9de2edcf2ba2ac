import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusLabel, prometheusType } from '../../src/contract/naming.ts';
import { promtool } from '../../stack/prometheus.ts';
import { type Chain, INTERVAL_MS, startChain } from '../support/chain.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf } from '../support/processes.ts';

const PUSHED = '{job="peermeter"}';
const PULLED = '{job="pull"}';

describe('a server of two processes, in a real Collector and a real Prometheus', () => {
  let chain: Chain;
  let target: DaemonProcess;
  let clients: Running;

  before(async () => {
    target = await startDaemonProcess();
    chain = await startChain(['--processes', '2', '-d', target.address]);
    clients = peermeter([
      'swarm',
      '-d',
      chain.server.address,
      '-n',
      '29',
      '--ramp',
      '1s',
      '--duration',
      '300s',
      '--json',
    ]);
    // A histogram of connections that have closed has to have one.
    const leaving = peermeter(['swarm', '-d', chain.server.address, '-n', '5', '--ramp', '0', '--duration', '300s']);
    const has = (peers: number) => async () =>
      assert.equal((await chain.server.scrape()).value('libp2p_concurrent_peers'), peers);
    await eventually(has(35));
    leaving.child.kill('SIGTERM');
    await leaving.finished;
    await eventually(has(30));
  });
  after(async () => {
    clients?.child.kill('SIGTERM');
    await clients?.finished;
    await target?.stop();
    await chain?.stop();
  });

  test('every row has data under its exact name, type and labels, by push and by pull', async () => {
    for (const [way, job] of [
      [PUSHED, 'collector'],
      [PULLED, 'pull'],
    ] as const) {
      for (const row of METRIC_ROWS) {
        const name = prometheusType(row) === 'histogram' ? `${row.name}_count` : row.name;
        const samples = await chain.prometheus.waitFor(`${name}${way}`, (found) => found.length > 0);
        const labels = Object.keys(row.labels).map(prometheusLabel);
        for (const { metric } of samples) {
          assert.deepEqual(Object.keys(metric).sort(), ['__name__', 'instance', 'job', ...labels].sort());
        }
      }
      const types = new Map(
        (await chain.prometheus.targetMetadata(`{job="${job}"}`)).map(({ metric, type }) => [metric, type]),
      );
      for (const row of METRIC_ROWS) assert.equal(types.get(row.name), prometheusType(row), `${row.name} by ${job}`);
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
  });

  test('promtool has nothing to say against the series of single processes', async () => {
    for (const url of [chain.server.metricsUrl, chain.collector.metricsUrl]) {
      const exposition = await (await fetch(url)).text();
      const { stdout, stderr } = await promtool(['check', 'metrics'], { input: exposition });
      assert.doesNotMatch(`${stdout}${stderr}`, /^libp2p_process_/m);
    }
  });

  test('a process that is killed is no reset of any counter', async () => {
    const [victim] = childrenOf(chain.server.pid);
    assert(victim !== undefined);
    process.kill(victim, 'SIGKILL');
    for (const way of [PUSHED, PULLED]) {
      const restarts = `sum(libp2p_process_restarts_total${way})`;
      await chain.prometheus.waitFor(restarts, ([sample]) => sample?.value === 1);
      await chain.prometheus.waitFor(`libp2p_concurrent_peers${way}`, ([sample]) => sample?.value === 30, {
        timeoutMs: 30_000,
        intervalMs: INTERVAL_MS / 4,
      });
      for (const name of [
        'libp2p_ping_requests_total',
        'libp2p_io_read_bytes_total',
        'libp2p_ping_rtt_seconds_count',
      ]) {
        const [resets] = await chain.prometheus.query(`resets(${name}${way.replace('}', '}[1m]')})`);
        assert.equal(resets?.value, 0, `${name} ${way}`);
      }
    }
  });
});
