import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { prometheusName } from '../../src/contract/naming.ts';
import { makeCertificates } from '../support/certificates.ts';
import { newFolder, writeConfig } from '../support/config.ts';
import { peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { type JsonMetric, metricsOf, startOtlpSink } from '../support/otlp-sink.ts';

/** A daemon with this configuration file, and nothing from the environment. */
const daemonWith = (yaml: string, env: NodeJS.ProcessEnv = {}, argv: string[] = []) =>
  startDaemonProcess(['-c', writeConfig(yaml), ...argv], { OTEL_METRICS_EXPORTER: '', ...env });

const CANARY = 'canary-7f3a9c';
const names = (metrics: readonly JsonMetric[]): Set<string> => new Set(metrics.map(({ name }) => name));
const RECORDED = METRIC_ROWS.filter(
  ({ source, on }) => (source === 'record' || source === 'observe') && on === undefined,
);

describe('two pushes and two pulls at once', () => {
  test('each with its own names, headers, protocol, temporality and interval', async (t) => {
    const [one, other] = [await startOtlpSink(), await startOtlpSink()];
    t.after(() => [one, other].map((sink) => sink.stop()));
    const daemon = await daemonWith(
      `export-interval: 300ms
exporters:
  otlp: { endpoint: "${one.url}", protocol: http/json, headers: { x-who: one } }
  other:
    type: otlp
    metrics-endpoint: ${other.url}/elsewhere
    protocol: http/json
    compression: none
    naming: semantic
    temporality: delta
    interval: 600ms
  prometheus:
  semantic: { type: prometheus, naming: semantic, path: /metrics/semantic }
`,
      { OTEL_EXPORTER_OTLP_HEADERS: `authorization=${CANARY}` },
    );
    t.after(() => daemon.stop());
    await eventually(() => assert(one.requests.length >= 4 && other.requests.length >= 2));

    // The environment is for the exporter of that name, in place of what the file says of it.
    assert.equal(one.requests[0]?.headers.authorization, CANARY);
    assert.equal(one.requests[0]?.headers['x-who'], undefined);
    assert.doesNotMatch(JSON.stringify(other.requests.map(({ headers }) => headers)), new RegExp(CANARY));
    assert.equal(one.requests[0]?.url, '/v1/metrics');
    assert.equal(other.requests[0]?.url, '/elsewhere');
    assert.equal(one.requests[0]?.headers['content-encoding'], 'gzip');
    assert.equal(other.requests[0]?.headers['content-encoding'], undefined);
    assert.match(one.requests[0]?.headers['user-agent'] ?? '', /^peermeter\//);

    for (const { name, instrument } of RECORDED.filter(({ key }) => !['telemetryLastSuccess', 'dials'].includes(key))) {
      assert(names(one.metrics()).has(name), name);
      assert(names(other.metrics()).has(instrument), instrument);
    }
    const temporality = (metrics: JsonMetric[], name: string) =>
      metrics.find((metric) => metric.name === name)?.sum?.aggregationTemporality;
    assert.equal(temporality(one.metrics(), 'libp2p_connections_opened_total'), 2);
    assert.equal(temporality(other.metrics(), 'libp2p.connections.opened'), 1);

    const scrape = await daemon.scrape();
    const semantic = await (await fetch(`${daemon.metricsUrl}/semantic`)).text();
    for (const row of RECORDED.filter(({ key }) => key !== 'telemetryLastSuccess')) {
      const series = row.kind === 'histogram' ? '_count' : '';
      assert(scrape.text.includes(`\n${prometheusName(row, 'documented')}${series}`), row.name);
      assert(semantic.includes(`\n${prometheusName(row, 'semantic')}${series}`), row.name);
    }
    for (const exporter of ['otlp', 'other', 'prometheus', 'semantic']) {
      const count = (result: string) => scrape.value('libp2p_telemetry_exports_total', { exporter, result });
      assert.equal(count('failure'), 0, exporter);
      assert(count('success') >= (exporter === 'prometheus' || exporter === 'semantic' ? 0 : 2), exporter);
    }
    assert.match(daemon.stderr(), new RegExp(`ready .*push="${one.url}/v1/metrics, ${other.url}/elsewhere"`));
    assert.doesNotMatch(daemon.stderr() + daemon.stdout() + scrape.text, new RegExp(CANARY));
  });

  test('differences add up to the total, though some pushes failed', async (t) => {
    let works = true;
    const sink = await startOtlpSink({
      answer: (_, response) => response.writeHead(works ? 200 : 400).end(),
    });
    t.after(() => sink.stop());
    const yaml = `exporters:
  prometheus:
  otlp: { endpoint: "${sink.url}", protocol: http/json, temporality: delta, interval: 200ms }
`;
    const taken: JsonMetric[] = [];
    let seen = 0;
    const server = await daemonWith(yaml, {}, ['--ping-interval', '20ms']);
    const client = await startDaemonProcess(['--ping-interval', '20ms', '-d', server.address]);
    t.after(() => client.stop());
    // What was refused does not count.
    const take = () => {
      const all = sink.requests.slice(seen);
      seen = sink.requests.length;
      if (works) taken.push(...all.flatMap(({ body }) => metricsOf(body.toString())));
    };
    const failures = async () =>
      (await server.scrape()).value('libp2p_telemetry_exports_total', { exporter: 'otlp', result: 'failure' });
    await eventually(() => assert(sink.requests.length >= 3));
    take();
    works = false;
    await eventually(async () => assert((await failures()) >= 3));
    take();
    works = true;
    await client.stop();
    await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 0));
    const total = (await server.scrape()).value('libp2p_ping_responses_total');
    assert(total > 10);
    await server.stop();
    take();
    const points = taken
      .filter(({ name }) => name === 'libp2p_ping_responses_total')
      .flatMap(({ sum }) => sum?.dataPoints ?? []);
    assert.equal(
      points.reduce((sum, { asDouble = 0 }) => sum + asDouble, 0),
      total,
    );
    for (const [at, point] of points.entries()) {
      if (at > 0) assert.equal(point.startTimeUnixNano, points[at - 1]?.timeUnixNano, 'no gap, no overlap');
    }
  });

  test('one that fails says so under its name, and does not hold up the other', async (t) => {
    const good = await startOtlpSink();
    const bad = await startOtlpSink({ answer: (_, response) => response.writeHead(401).end(CANARY) });
    t.after(() => [good, bad].map((sink) => sink.stop()));
    const token = join(newFolder(), 'token');
    writeFileSync(token, `Bearer ${CANARY}\n`, { mode: 0o600 });
    const daemon = await daemonWith(`export-interval: 200ms
log-level: debug
exporters:
  prometheus:
  good: { type: otlp, endpoint: "${good.url}" }
  bad: { type: otlp, endpoint: "${bad.url.replace('//', `//user:${CANARY}@`)}?key=${CANARY}", headers: { authorization: { file: ${token} } } }
`);
    t.after(() => daemon.stop());
    const count = async (exporter: string, result: string) =>
      (await daemon.scrape()).value('libp2p_telemetry_exports_total', { exporter, result });
    await eventually(async () => assert((await count('bad', 'failure')) >= 3 && (await count('good', 'success')) >= 3));
    assert.equal(await count('bad', 'success'), 0);
    assert.equal(await count('good', 'failure'), 0);
    assert.equal(bad.requests[0]?.headers.authorization, `Bearer ${CANARY}`);
    assert.match(
      daemon.stderr(),
      /telemetry does not get out, will keep trying exporter=bad where=http:\/\/127\.0\.0\.1:\d+\S* reason="HTTP 401/,
    );
    const { stderr, stdout } = await daemon.stop();
    assert.doesNotMatch(stderr + stdout, new RegExp(CANARY));
    assert.doesNotMatch(stderr, /exporter=good where=.* reason/);
  });
});

test('mutual TLS, with the files that the configuration names', async (t) => {
  const folder = newFolder();
  const pem = makeCertificates(folder);
  const read = (name: string) => readFileSync(pem[name] ?? '');
  const tls = {
    cert: read('server.pem'),
    key: read('server.key'),
    ca: read('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
  };
  const sink = await startOtlpSink({ tls });
  t.after(() => sink.stop());
  const yaml = (more: string) => `exporters:
  prometheus:
  trusted: { type: otlp, endpoint: "${sink.url}", interval: 200ms, certificate: ${pem['ca.pem']}, ${more} }
`;
  const withKey = `client-certificate: ${pem['client.pem']}, client-key: ${pem['client.key']}`;
  const [known, unknown] = await Promise.all([daemonWith(yaml(withKey)), daemonWith(yaml('protocol: http/json'))]);
  t.after(() => Promise.all([known.stop(), unknown.stop()]));
  const count = async (daemon: typeof known, result: string) =>
    (await daemon.scrape()).value('libp2p_telemetry_exports_total', { exporter: 'trusted', result });
  await eventually(async () => assert((await count(known, 'success')) >= 2));
  await eventually(async () => assert((await count(unknown, 'failure')) >= 2));
  assert.equal(await count(unknown, 'success'), 0);
  assert(sink.requests.every(({ headers }) => headers['content-type'] === 'application/x-protobuf'));

  // A key of somebody else is found before anything is started.
  const wrong = `client-certificate: ${pem['client.pem']}, client-key: ${pem['server.key']}`;
  const { status, stderr } = await peermeter(['check', '-c', writeConfig(yaml(wrong))]).finished;
  // The hermetic environment of the tests chooses prometheus alone.
  assert.equal(status, 0, stderr);
  const env = { OTEL_METRICS_EXPORTER: '' };
  const refused = await peermeter(['check', '-c', writeConfig(yaml(wrong))], env).finished;
  assert.equal(refused.status, 78);
  assert.match(refused.stderr, /exporters\.trusted\.client-key does not belong to client-certificate\n$/);
});

test('console: all metrics as text, on standard output, again and again', async (t) => {
  const running = peermeter(['run', '-p', '0', '-m', '0'], {
    OTEL_METRICS_EXPORTER: 'console',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  });
  t.after(async () => {
    running.child.kill('SIGTERM');
    await running.finished;
  });
  await eventually(() => {
    const times = running.stdout().match(/^# \d{4}-\d\d-\d\dT[\d:.]+Z$/gm) ?? [];
    assert(times.length >= 3);
    for (const { name, kind } of RECORDED.filter(({ key }) => key !== 'telemetryLastSuccess')) {
      assert(running.stdout().includes(`\n${name}${kind === 'histogram' ? '_bucket' : ''}`), name);
    }
  });
  assert.match(running.stdout(), /^libp2p_telemetry_exports_total\{exporter="console",result="success"\} [1-9]/m);
});

test('file: a request a line, put aside by size, so many kept; the last one at the end', async () => {
  const folder = newFolder();
  const path = join(folder, 'metrics.jsonl');
  const daemon = await daemonWith(`exporters:
  prometheus:
  archive: { type: file, path: ${path}, interval: 100ms, max-size: 64KiB, max-files: 3 }
`);
  await eventually(() => assert(existsSync(`${path}.2`)));
  await eventually(async () => {
    const scrape = await daemon.scrape();
    assert(scrape.value('libp2p_telemetry_exports_total', { exporter: 'archive', result: 'success' }) >= 8);
    assert.equal(scrape.value('libp2p_telemetry_exports_total', { exporter: 'archive', result: 'failure' }), 0);
  });
  await daemon.stop();
  const files = readdirSync(folder)
    .filter((name) => name.startsWith('metrics'))
    .sort();
  assert.deepEqual(files, ['metrics.jsonl', 'metrics.jsonl.1', 'metrics.jsonl.2']);
  for (const name of files) {
    assert(statSync(join(folder, name)).size <= 65_536);
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    for (const line of lines) assert(names(metricsOf(line)).has('libp2p_concurrent_peers'));
  }
});

test('a file that cannot be written is said at the start, in one line that names it', async () => {
  const yaml = 'exporters:\n  archive: { type: file, path: /nowhere/at/all.jsonl }\n';
  const { status, stderr } = await peermeter(['run', '-p', '0', '-m', '0', '-c', writeConfig(yaml)], {
    OTEL_METRICS_EXPORTER: '',
  }).finished;
  assert.equal(status, 78);
  assert.match(
    stderr,
    /^(.*configuration read.*\n)?peermeter: exporters\.archive: \/nowhere\/at\/all\.jsonl cannot be written: ENOENT[^\n]*\n$/,
  );
});

test('OTEL_SDK_DISABLED: nothing leaves the process, whatever the exporters are', async (t) => {
  const sink = await startOtlpSink();
  t.after(() => sink.stop());
  const env = { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_METRIC_EXPORT_INTERVAL: '100' };
  const running = peermeter(['run', '-p', '0', '-m', '0'], { ...env, OTEL_METRICS_EXPORTER: 'otlp,prometheus' });
  await eventually(() => assert.match(running.stderr(), / ready /));
  assert.match(running.stdout(), /^Health on /m);
  running.child.kill('SIGTERM');
  assert.equal((await running.finished).status, 0);
  assert.equal(sink.requests.length, 0);
});

test('several processes: each exporter with its own names, over all of them together', async (t) => {
  const sink = await startOtlpSink();
  t.after(() => sink.stop());
  const daemon = await daemonWith(`processes: 2
exporters:
  prometheus:
  semantic: { type: otlp, endpoint: "${sink.url}", naming: semantic, protocol: http/json, interval: 500ms }
`);
  t.after(() => daemon.stop());
  const clients = await Promise.all([1, 2, 3].map(() => startDaemonProcess(['-d', daemon.address])));
  t.after(() => Promise.all(clients.map((client) => client.stop())));
  await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), 3));
  await eventually(() => {
    const last = (name: string) => sink.metrics().findLast((metric) => metric.name === name);
    assert.equal(last('libp2p.peers.connected')?.gauge?.dataPoints[0]?.asDouble, 3);
    // Of all processes, and of single peers.
    assert.equal(last('libp2p.peer.ping.failures')?.sum?.dataPoints.length, 3);
    assert(!names(sink.metrics()).has('libp2p_concurrent_peers'));
  });
});
