import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { METRICS } from '../../src/contract/metrics.ts';
import { type Prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { dashboardFiles, interpolate, queriesOf } from '../support/grafana.ts';

const RULES = join(import.meta.dirname, '..', '..', 'prometheus', 'rules', 'recording.yml');
const DAEMONS = 40;
/** Lines that can be told apart, and the 13 spaces of V8's heap, which are the largest closed set on a graph. */
const MOST_LINES = 13;

describe(`${DAEMONS} daemons`, { timeout: 180_000 }, () => {
  let daemon: DaemonProcess;
  let peers: Running;
  let many: Server;
  let prometheus: Prometheus;

  before(async () => {
    daemon = await startDaemonProcess();
    peers = peermeter(['swarm', '-d', daemon.address, '-n', '15', '--ramp', '0', '--duration', '170s']);
    many = createServer((_, response) => {
      daemon.scrape().then(
        ({ samples }) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(asMany(samples)),
        () => response.writeHead(503).end(),
      );
    }).listen(0, '127.0.0.1');
    await once(many, 'listening');
    const url = `http://127.0.0.1:${(many.address() as AddressInfo).port}/metrics`;
    prometheus = await startPrometheus({
      scrape: [{ job: 'many', url, honorLabels: true, intervalMs: 5000 }],
      ruleFiles: [RULES],
    });
    const slowest = 'count(instance_quantile:libp2p_ping_rtt_seconds:histogram_quantile_rate1m{quantile="0.99"})';
    await prometheus.waitFor(slowest, ([sample]) => sample?.value === DAEMONS, { timeoutMs: 60_000 });
  });
  after(async () => {
    peers?.child.kill('SIGTERM');
    await peers?.finished;
    await daemon?.stop();
    await prometheus?.stop();
    many?.close();
  });

  test('no graph has more lines than can be told apart, and no number is for one of them alone', async () => {
    for (const { templating, panels, ...rest } of dashboardFiles()) {
      for (const { where, expr, instant } of queriesOf({ ...rest, templating, panels })) {
        const promql = interpolate(expr, templating.list);
        if (instant) continue;
        const start = new Date(Date.now() - 900_000);
        const lines = await prometheus.queryRange(promql, { start, stepSeconds: 5 });
        assert(lines.length <= MOST_LINES, `${where}: ${lines.length} lines`);
      }
      for (const { type, title, targets = [] } of panels.filter(({ type }) => type === 'stat')) {
        for (const { expr } of targets) {
          const values = await prometheus.query(interpolate(expr, templating.list));
          assert(values.length <= 1, `${rest.uid} / ${title} (${type}): ${values.length} values`);
        }
      }
    }
  });

  test('the table of the fleet has a row for each', async () => {
    const fleet = dashboardFiles().find(({ uid }) => uid === 'peermeter-fleet') ?? assert.fail('no fleet');
    const columns = queriesOf(fleet).filter(({ where }) => where.includes('/ Daemons / ') && !where.includes('stat'));
    const rows = await Promise.all(
      columns.map(async ({ expr }) => (await prometheus.query(interpolate(expr, fleet.templating.list))).length),
    );
    assert(rows.filter((count) => count === DAEMONS).length >= 13, rows.join());
  });
});

type Scraped = Awaited<ReturnType<DaemonProcess['scrape']>>['samples'];

/** One daemon's scrape as if as many had sent it, each with peers of its own number. */
function asMany(samples: Scraped): string {
  const lines: string[] = [];
  for (let index = 0; index < DAEMONS; index++) {
    for (const { name, labels, value } of samples) {
      const all = { ...labels, job: 'peermeter', instance: `12D3KooWOneOfMany${String(index).padStart(4, '0')}` };
      const text = Object.entries(all).map(([label, one]) => `${label}=${JSON.stringify(one)}`);
      lines.push(`${name}{${text.join(',')}} ${name === METRICS.peers.name ? value + index : value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
