import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { parseExposition } from '../../src/doctor/exposition.ts';
import { createLogger, loadConfig, Monitor, metricViews, startDaemon } from '../../src/index.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

class PullReader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};
}

test("a node somebody runs is measured with that node's own meter provider", async (t) => {
  const listen = { host: '127.0.0.1', port: 0 };
  const node = await createNode({ privateKey: await ephemeralIdentity(), listen });
  await node.start();
  const visitor = await startDaemonProcess(['-d', node.getMultiaddrs()[0]?.toString() ?? '']);
  t.after(async () => {
    await node.stop();
    await visitor.stop();
  });
  // Connected before anybody measures.
  await eventually(() => assert.equal(node.getConnections().length, 1));

  const monitor = new Monitor(node, { pingIntervalMs: 50 });
  const reader = new PullReader({ metricProducers: [monitor.producer] });
  const provider = new MeterProvider({ readers: [reader], views: metricViews('documented') });
  monitor.start(provider.getMeter('peermeter'));
  const scrape = async () => {
    const { resourceMetrics } = await reader.collect();
    return parseExposition(
      new PrometheusSerializer(undefined, false, undefined, true, true).serialize(resourceMetrics),
    );
  };
  await eventually(async () => {
    const exposition = await scrape();
    assert.equal(exposition.value('libp2p_concurrent_peers'), 1);
    assert(exposition.value('libp2p_ping_rtt_seconds_count') > 3);
    assert(exposition.value('libp2p_peer_ping_rtt_seconds', { peer_id: visitor.peerId }) > 0);
  });
  monitor.stop();
  assert.equal(node.getConnections().length, 1);
  const { active, requests } = monitorCounts(await scrape());
  assert.equal(active, 0);
  assert(requests > 3);
});

test('the whole daemon runs in a process of somebody else', async () => {
  const { config } = await loadConfig({ flags: { port: '0', metricsPort: '0', exporters: 'prometheus' } });
  const daemon = await startDaemon({ config, log: createLogger({ write: () => {} }), env: {} });
  assert.match(daemon.addresses[0] ?? '', new RegExp(`/p2p/${daemon.peerId}$`));
  assert.equal((await fetch(`${daemon.httpUrl}/readyz`)).status, 200);
  const summary = await daemon.stop();
  assert.equal(summary.connectionsOpened, 0);
});

function monitorCounts(exposition: ReturnType<typeof parseExposition>) {
  return { active: exposition.value('libp2p_active_pings'), requests: exposition.value('libp2p_ping_requests_total') };
}
