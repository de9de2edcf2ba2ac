import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/contract/instruments.ts';
import { METRICS } from '../../src/contract/metrics.ts';
import { metricViews } from '../../src/contract/views.ts';
import type { Finding, FindingId } from '../../src/doctor/findings.ts';
import { exposition } from '../../src/telemetry/exposition.ts';
import { PullReader } from '../../src/telemetry/pull-reader.ts';
import { type Collector, startCollector } from '../../stack/collector.ts';
import { claimPorts } from '../../stack/ports.ts';
import { type Prometheus, startPrometheus } from '../../stack/prometheus.ts';
import type { ScrapeJob } from '../../stack/prometheus-config.ts';
import { INTERVAL_MS } from '../support/chain.ts';
import { startBrokenCollector } from '../support/collector-config.ts';
import { type DaemonProcess, peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { startGrafanaStub } from '../support/grafana-stub.ts';
import { type StubServer, startStub } from '../support/stub-server.ts';

interface Diagnosis {
  readonly status: number | null;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly checks: readonly { link: string; outcome: string; what: string }[];
}

/** Where a doctor is told to look; what is absent here is at a port where nothing listens. */
interface Where {
  readonly daemon: string;
  readonly collector?: Collector | undefined;
  readonly prometheus?: string;
  readonly grafana?: string;
  readonly more?: readonly string[];
}

async function examine({ daemon, collector, prometheus, grafana, more = [] }: Where, env = {}): Promise<Diagnosis> {
  const argv = [
    ...['doctor', daemon, '--json', '--wait', '6s'],
    ...(collector === undefined ? [] : ['--collector', collector.metricsUrl, '--collector-self', collector.selfUrl]),
    ...(collector === undefined
      ? []
      : ['--collector-health', collector.healthUrl, '--otlp-endpoint', collector.otlpUrl]),
    ...(prometheus === undefined ? [] : ['--prometheus', prometheus]),
    ...(grafana === undefined ? [] : ['--grafana', grafana]),
    ...more,
  ];
  const { status, stdout, stderr } = await peermeter(argv, env).finished;
  assert.equal(stderr, '');
  return { status, ...JSON.parse(stdout) };
}

/** The first finding is this one, says where and what to do, and the exit status says that there is one. */
function names(diagnosis: Diagnosis, id: FindingId, where: RegExp, todo: RegExp): void {
  const [first] = diagnosis.findings;
  assert.equal(first?.id, id, JSON.stringify(diagnosis, null, 2));
  assert.match(first.where, where);
  assert.match(first.todo, todo);
  assert(first.what.length > 20);
  assert.equal(diagnosis.status, 1);
  assert.equal(diagnosis.ok, false);
}

function healthy(diagnosis: Diagnosis): void {
  assert.deepEqual(diagnosis.findings, [], JSON.stringify(diagnosis, null, 2));
  assert.equal(diagnosis.status, 0);
}

const okLinks = ({ checks }: Diagnosis): string[] => [
  ...new Set(checks.filter(({ outcome }) => outcome === 'ok').map(({ link }) => link)),
];

const pushingTo = (otlpUrl: string, exporters = 'otlp,prometheus'): NodeJS.ProcessEnv => ({
  OTEL_METRICS_EXPORTER: exporters,
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
  OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS),
});

describe('doctor', () => {
  let collector: Collector;
  let prometheus: Prometheus;
  let server: DaemonProcess;
  let frozenPage: StubServer;

  /** What a healthy Prometheus scrapes. */
  const passedOn = (url = collector.metricsUrl, honorLabels = true): ScrapeJob => ({
    job: 'otel-collector',
    url,
    honorLabels,
    intervalMs: INTERVAL_MS,
  });
  const direct = (): ScrapeJob => ({ job: 'direct', url: server.metricsUrl, intervalMs: INTERVAL_MS });
  const here = (more: Partial<Where> = {}): Where => ({
    daemon: server.metricsUrl,
    collector,
    prometheus: prometheus.url,
    ...more,
  });
  /** Another Prometheus, once it has scraped. */
  const scraping = async (t: TestContext, ...scrape: readonly ScrapeJob[]): Promise<Prometheus> => {
    const started = await startPrometheus({ scrape });
    t.after(() => started.stop());
    for (const { job } of scrape) await started.waitFor(`up{job="${job}"}`, (found) => found.length > 0);
    return started;
  };

  before(async () => {
    collector = await startCollector({ env: { OTELCOL_METRIC_EXPIRATION: `${2 * INTERVAL_MS}ms` } });
    server = await startDaemonProcess([], pushingTo(collector.otlpUrl));
    prometheus = await startPrometheus({ scrape: [passedOn()] });
    const pushed = `${METRICS.telemetryLastSuccess.name}{exporter="otlp"}`;
    await prometheus.waitFor(pushed, (found) => found.length === 1);
    // By the time it is asked about it will be old enough.
    const page = await (await fetch(collector.metricsUrl)).text();
    frozenPage = await startStub((_, response) => response.setHeader('content-type', 'text/plain').end(page));
  });
  after(async () => {
    await server?.stop();
    await prometheus?.stop();
    await collector?.stop();
    await frozenPage?.stop();
  });

  describe('finds nothing', () => {
    test('in a chain that pushes, up to Grafana', async (t) => {
      const grafana = await startGrafanaStub({ prometheusUrl: prometheus.url, token: 'secret-token' });
      t.after(() => grafana.stop());
      const diagnosis = await examine(here({ grafana: grafana.url }), { PEERMETER_GRAFANA_TOKEN: 'secret-token' });
      healthy(diagnosis);
      assert.deepEqual(okLinks(diagnosis), ['daemon', 'push', 'collector', 'prometheus', 'grafana']);
      assert.doesNotMatch(JSON.stringify(diagnosis), /secret-token/);
    });

    test('with a daemon that only pushes', async (t) => {
      const own = await startCollector({ env: { OTELCOL_METRIC_EXPIRATION: `${2 * INTERVAL_MS}ms` } });
      t.after(() => own.stop());
      const hidden = await startHidden(t, own.otlpUrl);
      await eventually(async () => {
        const page = await (await fetch(own.metricsUrl)).text();
        assert(page.includes(METRICS.telemetryLastSuccess.name));
      });
      const { url } = await scraping(t, passedOn(own.metricsUrl));
      const diagnosis = await examine({ daemon: hidden, collector: own, prometheus: url });
      healthy(diagnosis);
      assert.deepEqual(okLinks(diagnosis), ['daemon', 'push', 'collector', 'prometheus']);
    });

    test('with a daemon that is only scraped', async (t) => {
      const pulled = await startDaemonProcess();
      t.after(() => pulled.stop());
      const { url } = await scraping(t, { job: 'direct', url: pulled.metricsUrl, intervalMs: INTERVAL_MS });
      const diagnosis = await examine({ daemon: pulled.metricsUrl, prometheus: url });
      healthy(diagnosis);
      assert.deepEqual(okLinks(diagnosis), ['daemon', 'prometheus']);
    });

    test('with one that does both, where Prometheus takes what it shows itself', async (t) => {
      const { url } = await scraping(t, direct());
      const diagnosis = await examine(here({ prometheus: url }));
      healthy(diagnosis);
      assert.deepEqual(okLinks(diagnosis), ['daemon', 'push', 'collector', 'prometheus']);
    });
  });

  describe('names', () => {
    test('a Collector that is down', async (t) => {
      const { port } = await claimPorts({ port: { what: 'nobody' } });
      const alone = await startDaemonProcess([], pushingTo(`http://127.0.0.1:${port}`));
      t.after(() => alone.stop());
      const diagnosis = await examine({ daemon: alone.metricsUrl, prometheus: prometheus.url });
      names(diagnosis, 'collector-down', new RegExp(`:${port}/v1/metrics`), /docker compose up|npm run stack/);
    });

    test('a Collector that is down, or has nothing, for a daemon that only pushes', async (t) => {
      const { port } = await claimPorts({ port: { what: 'nobody' } });
      const own = await startCollector();
      t.after(() => own.stop());
      const hidden = await startHidden(t, `http://127.0.0.1:${port}`);
      const page = `http://127.0.0.1:${port}/metrics`;
      names(
        await examine({ daemon: hidden, more: ['--collector', page] }),
        'collector-down',
        new RegExp(page),
        /--collector/,
      );
      names(await examine({ daemon: hidden, collector: own }), 'collector-nothing', /metrics$/, /log of the daemon/);
    });

    test('a push to a port where something else answers', async (t) => {
      const web = await startStub((_, response) => response.writeHead(404).end('<title>Somebody else</title>'));
      t.after(() => web.stop());
      const lost = await startDaemonProcess([], pushingTo(web.url));
      t.after(() => lost.stop());
      const diagnosis = await examine({ daemon: lost.metricsUrl });
      names(diagnosis, 'push-elsewhere', new RegExp(`--otlp-endpoint.*${web.url}`), /4318/);
      assert.match(diagnosis.findings[0]?.what ?? '', /Somebody else/);
    });

    test('a push to a port that is not the one of the Collector', async (t) => {
      const { port } = await claimPorts({ port: { what: 'nobody' } });
      const lost = await startDaemonProcess([], pushingTo(`http://127.0.0.1:${port}`));
      t.after(() => lost.stop());
      const diagnosis = await examine({ daemon: lost.metricsUrl, collector, prometheus: prometheus.url });
      names(diagnosis, 'push-elsewhere', new RegExp(`${port}`), new RegExp(`--otlp-endpoint ${collector.otlpUrl}`));
    });

    test('a push that another Collector takes', async (t) => {
      const other = await startCollector();
      t.after(() => other.stop());
      const lost = await startDaemonProcess([], pushingTo(other.otlpUrl));
      t.after(() => lost.stop());
      const diagnosis = await examine({ daemon: lost.metricsUrl, collector, prometheus: prometheus.url });
      names(diagnosis, 'push-elsewhere', new RegExp(other.otlpUrl), new RegExp(collector.otlpUrl));
    });

    test('a port of its own at which something else answers', async (t) => {
      const toSelf = await examine(here({ more: ['--collector', collector.selfUrl] }));
      names(toSelf, 'wrong-service', new RegExp(collector.selfUrl), /8889/);
      assert.match(toSelf.findings[0]?.what ?? '', /a Collector's own metrics/);
      names(await examine({ daemon: collector.metricsUrl }), 'wrong-service', /:\d+/, /peermeter doctor URL/);
      const toDaemon = await examine(here({ prometheus: new URL(server.metricsUrl).origin }));
      names(toDaemon, 'wrong-service', /:\d+/, /--prometheus/);
      // Not HTTP at all.
      const ssh = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(0, '127.0.0.1');
      t.after(() => ssh.close());
      await once(ssh, 'listening');
      const { port } = ssh.address() as { port: number };
      const toSsh = await examine({ daemon: `http://127.0.0.1:${port}` });
      assert.equal(toSsh.findings[0]?.id, 'daemon-unreachable');
      assert.match(toSsh.findings[0]?.what ?? '', /SSH-2\.0/);
    });

    test('the default translation strategy, in the Collector and in Prometheus', async (t) => {
      const adding = await startBrokenCollector([[/^ *translation_strategy: .*$/m, '']]);
      t.after(() => adding.stop());
      const semantic = await startDaemonProcess(['--metrics-naming', 'semantic'], pushingTo(adding.otlpUrl));
      t.after(() => semantic.stop());
      const diagnosis = await examine({ daemon: semantic.metricsUrl, collector: adding });
      names(diagnosis, 'collector-suffixes', /translation_strategy/, /UnderscoreEscapingWithoutSuffixes/);
      // The documented names end in what would be appended: to them it does nothing.
      const documented = await startDaemonProcess([], pushingTo(adding.otlpUrl));
      t.after(() => documented.stop());
      healthy(await examine({ daemon: documented.metricsUrl, collector: adding }));
    });

    test('a clock that was set back, which a Collector answers with old values', async (t) => {
      const own = await startCollector({ env: { OTELCOL_METRIC_EXPIRATION: '60s' } });
      t.after(() => own.stop());
      const past = await startAheadFor(3, own.otlpUrl);
      t.after(() => past.server.stop());
      const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_COMPRESSION: 'none' };
      const daemon = await startDaemonProcess([], { ...pushingTo(past.server.url), ...env });
      t.after(() => daemon.stop());
      await past.over;
      const diagnosis = await examine({ daemon: daemon.metricsUrl, collector: own });
      names(diagnosis, 'collector-frozen', new RegExp(own.metricsUrl), /restart the Collector/);
    });

    test('scopes that are labels', async (t) => {
      const scoped = await startBrokenCollector([
        ['without_scope_info: true', 'without_scope_info: false'],
        ['transform/no_scope, ', ''],
      ]);
      t.after(() => scoped.stop());
      const daemon = await startDaemonProcess([], pushingTo(scoped.otlpUrl));
      t.after(() => daemon.stop());
      const diagnosis = await examine({ daemon: daemon.metricsUrl, collector: scoped });
      names(diagnosis, 'collector-scope-labels', /without_scope_info/, /transform\/no_scope/);
    });

    test('scopes that collide', async (t) => {
      const colliding = await startBrokenCollector([['transform/no_scope, ', '']], '60s');
      t.after(() => colliding.stop());
      const daemon = await startDaemonProcess([], pushingTo(colliding.otlpUrl));
      t.after(() => daemon.stop());
      await pushOtherScope(colliding.otlpUrl, daemon.peerId);
      const diagnosis = await examine({ daemon: daemon.metricsUrl, collector: colliding });
      names(diagnosis, 'collector-other-source', new RegExp(colliding.metricsUrl), /transform\/no_scope/);
      assert.match(colliding.logTail().join('\n'), /collected before with the same name and label values/);
    });

    test('a Prometheus that scrapes nothing, and since when', async (t) => {
      const { url } = await scraping(t);
      names(
        await examine(here({ prometheus: url })),
        'prometheus-not-scraping',
        /yml: scrape_configs/,
        /honor_labels: true/,
      );
      const former = await scraping(t, passedOn());
      await former.waitFor(METRICS.memoryRss.name, (found) => found.length > 0);
      await former.reload([]);
      // Three intervals and what a scrape may take; Prometheus itself goes on showing the series for minutes.
      await sleep(7 * INTERVAL_MS);
      const diagnosis = await examine(here({ prometheus: former.url }));
      names(diagnosis, 'prometheus-not-scraping', /yml: scrape_configs/, /honor_labels: true/);
      assert.match(diagnosis.findings[0]?.what ?? '', /the last sample of it came \S+ s ago/);
    });

    test('a target that is down, with the reason', async (t) => {
      const { url } = await scraping(t, { ...direct(), path: '/no-such-page' });
      const diagnosis = await examine(here({ prometheus: url }));
      names(diagnosis, 'prometheus-target-down', /job direct/, /host\.docker\.internal/);
      assert.match(diagnosis.findings[0]?.what ?? '', /404/);
    });

    test('a job without honor_labels', async (t) => {
      const renaming = await scraping(t, passedOn(collector.metricsUrl, false));
      await renaming.waitFor(`{exported_instance="${server.peerId}"}`, (found) => found.length > 0);
      const diagnosis = await examine(here({ prometheus: renaming.url }));
      names(diagnosis, 'prometheus-honor-labels', /honor_labels.*otel-collector/, /honor_labels: true/);
    });

    test('series that the Collector drops before the next push', async (t) => {
      const hasty = await startBrokenCollector([], '300ms');
      t.after(() => hasty.stop());
      const daemon = await startDaemonProcess([], pushingTo(hasty.otlpUrl));
      t.after(() => daemon.stop());
      await sleep(2 * INTERVAL_MS);
      const diagnosis = await examine({ daemon: daemon.metricsUrl, collector: hasty });
      names(diagnosis, 'collector-expiration', /metric_expiration/, /2 s or more/);
    });

    test('series that stand still', async (t) => {
      const still = await scraping(t, passedOn(frozenPage.url));
      await still.waitFor(`{instance="${server.peerId}"}`, (found) => found.length > 0);
      names(await examine(here({ prometheus: still.url })), 'prometheus-stale', /job="peermeter"/, /lastScrape/);
    });

    test('series that are there twice', async (t) => {
      const twice = await scraping(t, passedOn(), direct());
      await twice.waitFor(METRICS.memoryRss.name, (found) => found.length === 2);
      names(
        await examine(here({ prometheus: twice.url })),
        'prometheus-duplicates',
        /targets/,
        /--exporters prometheus/,
      );
    });

    test('a data source under another uid, on either side, and a dashboard that is not there', async (t) => {
      const grafana = async (init: object): Promise<string> => {
        const stub = await startGrafanaStub({ prometheusUrl: prometheus.url, ...init });
        t.after(() => stub.stop());
        return stub.url;
      };
      const byHand = await examine(here({ grafana: await grafana({ datasourceUid: 'P1809F7CD0C75ACF3' }) }));
      names(byHand, 'grafana-datasource', /datasources\/prometheus\.yaml: uid/, /uid: prometheus/);
      assert.match(byHand.findings[0]?.what ?? '', /P1809F7CD0C75ACF3/);
      const panels = await examine(here({ grafana: await grafana({ panelUid: 'chosen-at-import' }) }));
      names(panels, 'grafana-datasource', /d\/multi-peer/, /grafana\/dashboards/);
      const none = await examine(here({ grafana: await grafana({ dashboardUid: 'other' }) }));
      names(none, 'grafana-dashboard', /d\/multi-peer/, /docker-compose\.yml/);
      const locked = await examine(here({ grafana: await grafana({ token: 'x' }) }));
      assert.deepEqual([locked.findings[0]?.id, locked.status], ['grafana-credentials', 0]);
    });

    test('a clock that is far off', async (t) => {
      const proxy = await startStub((request, response) => {
        void fetch(new URL(request.url ?? '', server.metricsUrl)).then(async (answer) => {
          response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString());
          response.writeHead(answer.status).end(await answer.text());
        });
      });
      t.after(() => proxy.stop());
      names(await examine(here({ daemon: proxy.url })), 'clock-off', new RegExp(proxy.url), /timedatectl/);
    });

    test('more label sets than the SDK keeps', async (t) => {
      const page = overflowingPage();
      const program = await startStub((_, response) => void page().then((text) => response.end(text)));
      t.after(() => program.stop());
      names(await examine({ daemon: program.url }), 'series-overflow', /otel_metric_overflow/, /CardinalityLimit/);
    });

    test('names that Prometheus gives to what is pushed straight into it', async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'peermeter-doctor-'));
      t.after(() => rm(folder, { recursive: true }));
      const config = join(folder, 'prometheus.yml');
      await writeFile(config, 'otlp: {translation_strategy: UnderscoreEscapingWithSuffixes}\n');
      const receiving = await startPrometheus({ config, otlpReceiver: true });
      t.after(() => receiving.stop());
      const straight = await startDaemonProcess(['--metrics-naming', 'semantic'], {
        ...pushingTo(receiving.otlpUrl),
      });
      t.after(() => straight.stop());
      const diagnosis = await examine({ daemon: straight.metricsUrl, prometheus: receiving.url });
      names(diagnosis, 'prometheus-suffixes', /otlp\.translation_strategy/, /UnderscoreEscapingWithoutSuffixes/);
    });
  });
});

/** A daemon whose own page is off, by its address. */
async function startHidden(t: TestContext, otlpUrl: string): Promise<string> {
  const started = peermeter(['run', '-p', '0', '-m', '0'], pushingTo(otlpUrl, 'otlp'));
  t.after(async () => {
    started.child.kill('SIGTERM');
    await started.finished;
  });
  return eventually(() => /^Health on (\S+)\/healthz$/m.exec(started.stdout())?.[1] ?? assert.fail(started.stderr()));
}

/** The same series as a daemon's, from another scope that says to be it. */
async function pushOtherScope(otlpUrl: string, instance: string): Promise<void> {
  const now = String(BigInt(Date.now()) * 1_000_000n);
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const sums = [METRICS.ioRead, METRICS.ioWrite, METRICS.pingRequests, METRICS.pingResponses, METRICS.pingTimeouts];
  const metrics = sums.map(({ name }) => ({
    name,
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [{ startTimeUnixNano: now, timeUnixNano: now, asDouble: 1e12, attributes: [] }],
    },
  }));
  const attributes = [attribute('service.name', 'peermeter'), attribute('service.instance.id', instance)];
  const body = {
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: 'other' }, metrics }] }],
  };
  const response = await fetch(`${otlpUrl}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.text());
}

/** The page of a program that uses the library, and has a metric of its own with a label that grows. */
function overflowingPage(): () => Promise<string> {
  const reader = new PullReader();
  const own = { instrumentName: 'requests_total', aggregationCardinalityLimit: 3 };
  const provider = new MeterProvider({ views: [...metricViews('documented'), own], readers: [reader] });
  const meter = provider.getMeter('program');
  new Instruments(meter).observe('memoryRss', (observe) => observe(1, {}));
  const requests = meter.createCounter('requests_total');
  for (let from = 0; from < 10; from++) requests.add(1, { from });
  return async () => exposition((await reader.collect()).resourceMetrics);
}

/** Passes pushes on, the first few with the time of an hour later: as from a clock that is set back then. */
async function startAheadFor(pushes: number, otlpUrl: string): Promise<{ server: StubServer; over: Promise<void> }> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const server = await startStub((request, response) => {
    void text(request).then(async (body) => {
      count++;
      const hourMore = (_: string, key: string, nanos: string): string =>
        `"${key}":"${BigInt(nanos) + 3_600_000_000_000n}"`;
      const sent = count > pushes ? body : body.replace(/"((?:start)?[tT]imeUnixNano)":"(\d+)"/g, hourMore);
      assert(count > pushes || sent !== body, 'there are times in it');
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${otlpUrl}/v1/metrics`, { method: 'POST', headers, body: sent });
      response.writeHead(answer.status, headers).end(await answer.text());
      if (count > pushes) resolve();
    });
  });
  return { server, over };
}
