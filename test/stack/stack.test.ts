import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { ensureCollector, ensurePrometheus } from '../../stack/build.ts';
import { type Collector, startCollector } from '../../stack/collector.ts';
import { StackError } from '../../stack/errors.ts';
import { type Prometheus, promtool, startPrometheus } from '../../stack/prometheus.ts';
import { forThisHost, SERVER_OPTIONS } from '../../stack/prometheus-config.ts';
import { peermeter } from '../support/daemon.ts';

const run = promisify(execFile);
const repositoryFile = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ORIGIN = { job: 'libp2p/peermeter', instance: '12D3KooWexample' };

describe('a pushed metric', () => {
  let collector: Collector;
  let prometheus: Prometheus;

  before(async () => {
    collector = await startCollector();
    prometheus = await startPrometheus({
      scrape: [
        { job: 'otel-collector', url: collector.metricsUrl, honorLabels: true },
        { job: 'otel-collector-self', url: collector.selfUrl },
      ],
      otlpReceiver: true,
    });
    await pushTo(collector.otlpUrl, ORIGIN.instance);
  });
  after(async () => {
    await prometheus?.stop();
    await collector?.stop();
  });

  test('arrives under its exact name, with the job and instance of its origin', async () => {
    const [ratio] = await prometheus.waitFor('libp2p_connection_pool_utilization', (samples) => samples.length === 1);
    assert.deepEqual(ratio?.metric, { __name__: 'libp2p_connection_pool_utilization', ...ORIGIN });
    assert.equal(ratio?.value, 0.25);
    const [read] = await prometheus.query('libp2p_io_read_bytes_total');
    assert.deepEqual(read?.metric, { __name__: 'libp2p_io_read_bytes_total', ...ORIGIN });
    const names = (await prometheus.series(`{job="${ORIGIN.job}"}`)).map((labels) => labels.__name__);
    assert.deepEqual([...new Set(names)].sort(), [
      'libp2p_connection_pool_utilization',
      'libp2p_io_read_bytes_total',
      'libp2p_ping_errors_total',
      'libp2p_ping_rtt_seconds_bucket',
      'libp2p_ping_rtt_seconds_count',
      'libp2p_ping_rtt_seconds_sum',
      'target_info',
    ]);
  });

  test('keeps its buckets, type and help', async () => {
    const buckets = await prometheus.query('libp2p_ping_rtt_seconds_bucket');
    assert.deepEqual(
      buckets.map(({ metric, value }) => [metric.le, value]),
      [
        ['0.001', 1],
        ['0.01', 2],
        ['+Inf', 3],
      ],
    );
    assert.deepEqual((await prometheus.metadata('libp2p_ping_rtt_seconds')).libp2p_ping_rtt_seconds, [
      { type: 'histogram', help: 'Ping round trip', unit: '' },
    ]);
    const [described] = await prometheus.targetMetadata('{job="otel-collector"}', 'libp2p_io_read_bytes_total');
    assert.equal(described?.type, 'counter');
  });

  test('is one series when two scopes carry it, and none is dropped', async () => {
    const errors = await prometheus.query('libp2p_ping_errors_total');
    assert.deepEqual(errors.map(({ metric }) => metric.reason).sort(), ['reset', 'silent']);
    const exposition = await (await fetch(collector.metricsUrl)).text();
    assert.doesNotMatch(exposition, /otel_scope/);
    assert.doesNotMatch(collector.logTail().join('\n'), /collected before with the same name/);
  });

  test('has the same labels when it is pushed straight into Prometheus', async () => {
    await pushTo(prometheus.otlpUrl, 'direct');
    const direct = await prometheus.waitFor('{instance="direct"}', (samples) => samples.length > 0);
    const collected = await prometheus.query(`{instance="${ORIGIN.instance}"}`);
    const comparable = (samples: typeof direct) =>
      samples.map(({ metric, value }) => JSON.stringify([{ ...metric, instance: '' }, value])).sort();
    const metrics = collected.filter(({ metric }) => metric.__name__ !== 'target_info');
    assert.deepEqual(comparable(direct.filter(({ metric }) => metric.__name__ !== 'target_info')), comparable(metrics));
  });

  test("is counted by the Collector's own metrics", async () => {
    const [accepted] = await prometheus.waitFor('otelcol_receiver_accepted_metric_points', ([one]) => one?.value === 6);
    assert.equal(accepted?.metric.job, 'otel-collector-self');
  });

  test('can be asked for in every way the client offers', async () => {
    assert.deepEqual(
      (await prometheus.query('scalar(vector(7))')).map(({ value }) => value),
      [7],
    );
    const now = Date.now() / 1000;
    const [series] = await prometheus.queryRange('vector(1)', { start: now - 4, end: now, stepSeconds: 2 });
    assert.equal(series?.points.length, 3);
    await assert.rejects(prometheus.query('sum('), isStackError('query-failed', /parse error/));
    const never = prometheus.waitFor('absent_metric', (samples) => samples.length > 0, { timeoutMs: 300 });
    await assert.rejects(never, isStackError('timed-out', /absent_metric; the last answer: \[\]/));
  });

  test('is scraped no more after a reload that leaves its job out', async () => {
    await prometheus.reload([{ job: 'otel-collector-self', url: collector.selfUrl }]);
    assert.deepEqual(
      (await prometheus.targets()).map(({ labels }) => labels.job),
      ['otel-collector-self'],
    );
  });
});

test('stop leaves nothing running', async () => {
  const collector = await startCollector();
  const prometheus = await startPrometheus();
  await Promise.all([collector.stop(), prometheus.stop()]);
  for (const { pid } of [collector, prometheus]) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await assert.rejects(fetch(collector.healthUrl));
  assert.deepEqual(await collector.exited, { code: 0, signal: null });
  await collector.stop();
});

describe('what cannot start says why', () => {
  test('a port that is taken', async (t) => {
    const squatter = createServer().listen(0, '127.0.0.1');
    t.after(() => squatter.close());
    const port = await new Promise<number>((resolve) =>
      squatter.once('listening', () => resolve((squatter.address() as { port: number }).port)),
    );
    const said = new RegExp(`^port ${port} \\(the Collector's OTLP/HTTP receiver\\) is taken on 127\\.0\\.0\\.1: `);
    await assert.rejects(startCollector({ ports: { otlp: port } }), isStackError('port-taken', said));
    const prometheusSaid = new RegExp(`^port ${port} \\(Prometheus\\) is taken`);
    await assert.rejects(startPrometheus({ port }), isStackError('port-taken', prometheusSaid));
  });

  test('a configuration that is wrong', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'peermeter-test-'));
    t.after(() => rm(folder, { recursive: true }));
    const config = join(folder, 'config.yaml');
    await writeFile(config, 'exporters: {no_such_exporter: {}}');
    await assert.rejects(startCollector({ config }), isStackError('start-failed', /status 1[\s\S]*no_such_exporter/));
    await assert.rejects(startPrometheus({ config }), isStackError('start-failed', /field exporters not found/));
  });

  test('data that another Prometheus holds', async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'peermeter-test-'));
    const first = await startPrometheus({ dataDir });
    t.after(async () => {
      await first.stop();
      await rm(dataDir, { recursive: true });
    });
    await assert.rejects(startPrometheus({ dataDir }), isStackError('start-failed', /in use by another Prometheus/));
  });

  test('a start that is called off', async () => {
    const signal = AbortSignal.abort(new Error('called off'));
    await assert.rejects(startCollector({ signal }), /called off/);
  });
});

describe('the committed configuration', () => {
  const check = ['check', 'config', '--lint=all', '--lint-fatal'];

  test('passes promtool, as written and as adapted to this host', async (t) => {
    const path = repositoryFile('prometheus/prometheus.yml');
    const asWritten = await promtool([...check, path]);
    assert.equal(asWritten.status, 0, asWritten.stderr);

    const folder = await mkdtemp(join(tmpdir(), 'peermeter-test-'));
    t.after(() => rm(folder, { recursive: true }));
    const adapted = forThisHost(await readFile(path, 'utf8'), { prometheus: 18889, self: 18888 });
    const targets = [...adapted.matchAll(/targets: \['(.*)'\]/g)].map((match) => match[1]);
    assert.deepEqual(targets, ['127.0.0.1:18889', '127.0.0.1:18888']);
    await writeFile(join(folder, 'adapted.yml'), adapted);
    assert.equal((await promtool([...check, join(folder, 'adapted.yml')])).status, 0);

    await writeFile(join(folder, 'broken.yml'), adapted.replace('scrape_configs', 'scrape_confgis'));
    assert.equal((await promtool([...check, join(folder, 'broken.yml')])).status, 1);
  });

  test('has the server options that tests run with', async () => {
    const written = await readFile(repositoryFile('prometheus/prometheus.yml'), 'utf8');
    const { storage, otlp } = SERVER_OPTIONS;
    assert.match(written, new RegExp(`^ {4}out_of_order_time_window: ${storage.tsdb.out_of_order_time_window}$`, 'm'));
    assert.match(written, new RegExp(`^ {2}translation_strategy: ${otlp.translation_strategy}$`, 'm'));
  });

  test('makes the Collector listen where docker-compose.yml needs it', async () => {
    const compose = await readFile(repositoryFile('docker-compose.yml'), 'utf8');
    const env = Object.fromEntries(
      [...compose.matchAll(/^ +(OTELCOL_\w+): '?([\d.:]+)'?$/gm)].map(([, name, value]) => [name, value]),
    );
    const { otelcol } = await ensureCollector();
    const config = repositoryFile('otel-collector/config.yaml');
    const { stdout } = await run(otelcol, ['print-config', '--config', config], { env: { ...process.env, ...env } });
    const listening = [...stdout.matchAll(/^ *(?:endpoint|host|port): (.+)$/gm)].map((match) => match[1]).sort();
    assert.deepEqual(listening, ['0.0.0.0', '0.0.0.0:13133', '0.0.0.0:4318', '0.0.0.0:8889', '8888']);
  });

  test('gives the programs of docker-compose.yml no flag that they do not have', async () => {
    const { services } = parse(await readFile(repositoryFile('docker-compose.yml'), 'utf8'));
    const help = async (program: string) => {
      const { stdout, stderr } = await run(program, ['--help']);
      return `${stdout}${stderr}`;
    };
    const helps = {
      'otel-collector': await help((await ensureCollector()).otelcol),
      prometheus: await help((await ensurePrometheus()).prometheus),
      swarm: (await peermeter(['swarm', '--help']).finished).stdout,
    };
    for (const [name, text] of Object.entries(helps)) {
      const flags = (services[name].command as string[]).filter((word) => word.startsWith('--'));
      assert.notEqual(flags.length, 0);
      for (const flag of flags) {
        assert.match(text, new RegExp(`${flag.split('=')[0]}\\b`), `${name} ${flag}`);
      }
    }
  });
});

function isStackError(kind: StackError['kind'], message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StackError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };
}

async function pushTo(otlpUrl: string, instance: string): Promise<void> {
  const response = await fetch(`${otlpUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpMetrics(instance)),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Six points: a gauge with unit 1, a histogram in seconds, and counters, one of whose series is in both scopes. */
function otlpMetrics(instance: string) {
  const now = BigInt(Date.now()) * 1_000_000n;
  const times = { startTimeUnixNano: String(now - 60_000_000_000n), timeUnixNano: String(now) };
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const counter = (name: string, unit: string, attributes: object[]) => ({
    name,
    unit,
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...times, asDouble: 42, attributes }] },
  });
  const pool = {
    name: 'libp2p_connection_pool_utilization',
    unit: '1',
    gauge: { dataPoints: [{ ...times, asDouble: 0.25 }] },
  };
  const rtt = {
    name: 'libp2p_ping_rtt_seconds',
    unit: 's',
    description: 'Ping round trip',
    histogram: {
      aggregationTemporality: 2,
      dataPoints: [{ ...times, count: 3, sum: 0.5, bucketCounts: [1, 1, 1], explicitBounds: [0.001, 0.01] }],
    },
  };
  const silent = counter('libp2p_ping_errors_total', '{error}', [text('reason', 'silent')]);
  const reset = counter('libp2p_ping_errors_total', '{error}', [text('reason', 'reset')]);
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            text('service.namespace', 'libp2p'),
            text('service.name', 'peermeter'),
            text('service.instance.id', instance),
            text('service.version', '0.1.0'),
          ],
        },
        scopeMetrics: [
          { scope: { name: 'a', version: '1' }, metrics: [pool, rtt, silent] },
          { scope: { name: 'b' }, metrics: [counter('libp2p_io_read_bytes_total', 'By', []), reset, silent] },
        ],
      },
    ],
  };
}
