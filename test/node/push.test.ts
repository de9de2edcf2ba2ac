import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

/** An OTLP/HTTP server that answers as it is told and keeps what it was sent. */
async function receiver(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { requests, url: `http://127.0.0.1:${port}`, stop: () => server.close().closeAllConnections() };
}

const pushing = (endpoint: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  OTEL_METRICS_EXPORTER: 'otlp,prometheus',
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_METRIC_EXPORT_INTERVAL: '300',
  ...more,
});

describe('push', () => {
  test('is protobuf, gzipped, to /v1/metrics', async (t) => {
    const { requests, url, stop } = await receiver((_request, response) => response.end());
    t.after(stop);
    const daemon = await startDaemonProcess([], pushing(url));
    t.after(() => daemon.stop());
    await eventually(() => assert(requests.length >= 2));
    const [first] = requests;
    assert.equal(first?.url, '/v1/metrics');
    assert.equal(first?.headers['content-type'], 'application/x-protobuf');
    assert.equal(first?.headers['content-encoding'], 'gzip');
    assert(gunzipSync(first?.body ?? '').includes('libp2p_concurrent_peers'));
  });

  test('honours the standard variables', async (t) => {
    const { requests, url, stop } = await receiver((_request, response) => response.end());
    t.after(stop);
    const env = pushing(url, {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=net',
      OTEL_SERVICE_NAME: 'edge',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=lab',
    });
    const daemon = await startDaemonProcess([], env);
    t.after(() => daemon.stop());
    await eventually(() => assert(requests.length >= 1));
    const [first] = requests;
    assert.equal(first?.headers['x-team'], 'net');
    const [{ resource }] = JSON.parse(first?.body.toString() ?? '').resourceMetrics;
    const attributes = Object.fromEntries(
      resource.attributes.map(({ key, value }: { key: string; value: { stringValue?: string } }) => [
        key,
        value.stringValue,
      ]),
    );
    assert.equal(attributes['service.name'], 'edge');
    assert.equal(attributes['service.instance.id'], daemon.peerId);
    assert.equal(attributes['deployment.environment'], 'lab');
  });

  test('that fails is said once, counted each time, and said again when it works', async (t) => {
    let status = 400;
    const { url, stop } = await receiver((_request, response) => {
      response.statusCode = status;
      response.end();
    });
    t.after(stop);
    const daemon = await startDaemonProcess([], pushing(url));
    t.after(() => daemon.stop());
    const count = async (result: string) =>
      (await daemon.scrape()).value('libp2p_telemetry_exports_total', { exporter: 'otlp', result });
    await eventually(async () => assert((await count('failure')) >= 5));
    assert.equal(daemon.stderr().match(/telemetry does not get out/g)?.length, 1, daemon.stderr());
    assert.doesNotMatch(daemon.stderr(), /gets out again/);
    status = 200;
    await eventually(async () => assert((await count('success')) >= 3));
    assert.equal(daemon.stderr().match(/telemetry gets out again/g)?.length, 1);
    assert.match(daemon.stderr(), /gets out again .*failed=\d+/);
    assert.doesNotMatch(daemon.stderr(), /\n\s+at /);
    assert(
      (await daemon.scrape()).value('libp2p_telemetry_last_success_timestamp_seconds', { exporter: 'otlp' }) > 1e9,
    );
  });

  test('at the end brings the last counts, connections closed by the end among them', async (t) => {
    const { requests, url, stop } = await receiver((_request, response) => response.end());
    t.after(stop);
    const env = pushing(url, {
      OTEL_METRIC_EXPORT_INTERVAL: '60000',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    });
    const server = await startDaemonProcess([], env);
    const client = await startDaemonProcess(['-d', server.address]);
    t.after(() => client.stop());
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 1));
    assert.equal((await server.stop()).status, 0);
    const last = JSON.parse(requests.at(-1)?.body.toString() ?? '');
    const metrics = last.resourceMetrics[0].scopeMetrics.flatMap((scope: { metrics: unknown[] }) => scope.metrics);
    const closed = metrics.find(({ name }: { name: string }) => name === 'libp2p_connections_closed_total');
    const shutdown = closed.sum.dataPoints.filter(
      ({ attributes }: { attributes: { value: { stringValue: string } }[] }) =>
        attributes.some(({ value }) => value.stringValue === 'shutdown'),
    );
    const total = shutdown.reduce(
      (sum: number, { asDouble, asInt }: { asDouble?: number; asInt?: number }) => sum + Number(asDouble ?? asInt),
      0,
    );
    assert.equal(total, 1);
  });
});

test('without the prometheus exporter there is health and no scrape', async (t) => {
  const daemon = peermeter(['run', '-p', '0', '-m', '0'], { OTEL_METRICS_EXPORTER: 'none' });
  t.after(async () => {
    daemon.child.kill('SIGTERM');
    await daemon.finished;
  });
  const url = await eventually(() => {
    const [, found] = /^Health on (\S+)\/healthz$/m.exec(daemon.stdout()) ?? [];
    assert(found !== undefined);
    return found;
  });
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  const metrics = await fetch(`${url}/metrics`);
  assert.equal(metrics.status, 404);
  assert.match(await metrics.text(), /^the prometheus exporter is off .*\n?$/);
});

test('host metrics are there when asked for, and not otherwise', async (t) => {
  const [without, asked] = await Promise.all([startDaemonProcess(), startDaemonProcess(['--host-metrics'])]);
  t.after(() => Promise.all([without.stop(), asked.stop()]));
  await eventually(async () => assert((await asked.scrape()).value('system_memory_usage') > 0));
  assert.doesNotMatch((await without.scrape()).text, /\nsystem_/);
  assert.equal((await asked.scrape()).all('libp2p_memory_rss_bytes').length, 1);
});

test('per-peer series: configured targets first, up to the cap, none with 0', async (t) => {
  const target = await startDaemonProcess();
  t.after(() => target.stop());
  const [capped, off] = await Promise.all([
    startDaemonProcess(['-d', target.address, '--per-peer-series', '2']),
    startDaemonProcess(['-d', target.address, '--per-peer-series', '0']),
  ]);
  const visitors = await Promise.all(
    [1, 2, 3].map(() => startDaemonProcess(['-d', capped.address, '-d', off.address])),
  );
  t.after(() => Promise.all([capped, off, ...visitors].map((daemon) => daemon.stop())));
  await eventually(async () => {
    const scrape = await capped.scrape();
    assert.equal(scrape.value('libp2p_concurrent_peers'), 4);
    const peers = scrape.all('libp2p_peer_ping_failures_total').map(({ labels }) => labels.peer_id);
    assert.equal(peers.length, 2);
    assert(peers.includes(target.peerId));
  });
  assert.equal((await off.scrape()).all('libp2p_peer_ping_failures_total').length, 0);
});
