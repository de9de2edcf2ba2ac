import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { parseExposition } from '../../src/doctor/exposition.ts';
import { type Collector, startCollector } from '../../stack/collector.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { childrenOf } from '../support/processes.ts';
import { type ActiveAlert, type QuickAlerts, startQuickAlerts } from '../support/quick-alerts.ts';
import { namedIn } from '../support/rule-expressions.ts';
import { alertRules } from '../support/rules.ts';

const PEERS = 50;
/** Every `for` of the alerts, in these tests. */
const FOR_SECONDS = 3;
/** Longer than any alert that is true needs until it fires here, with the time series take to end. */
const QUIET_MS = 12_000;

describe('the alerts, over real daemons', () => {
  let collector: Collector;
  let pushing: NodeJS.ProcessEnv;
  let server: DaemonProcess;
  let scraped: DaemonProcess;
  let swarm: Running;
  let alerts: QuickAlerts;
  const started: DaemonProcess[] = [];

  before(async () => {
    collector = await startCollector({ env: { OTELCOL_METRIC_EXPIRATION: '2s' } });
    pushing = {
      OTEL_METRICS_EXPORTER: 'otlp,prometheus',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.otlpUrl,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    };
    server = await startDaemonProcess([], pushing);
    // Two processes and a target, so that the rules about those have something to look at.
    scraped = await startDaemonProcess(['--processes', '2', '-d', server.address]);
    started.push(server, scraped);
    swarm = swarmOf(server, PEERS);
    await eventually(async () =>
      assert.equal(
        (await server.scrape()).value('libp2p_concurrent_peers'),
        PEERS + 1,
        'the swarm and the other daemon',
      ),
    );
    alerts = await startQuickAlerts(collector, [new URL(scraped.metricsUrl).host], FOR_SECONDS);
  });
  after(async () => {
    swarm?.child.kill('SIGKILL');
    for (const daemon of started) await daemon.stop();
    await alerts?.stop();
    await collector?.stop();
  });

  const fires = (name: string, labels: Readonly<Record<string, string>>): Promise<ActiveAlert> =>
    eventually(async () => {
      const active = await alerts.active();
      const found = active.find(
        (alert) =>
          alert.name === name &&
          alert.state === 'firing' &&
          Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
      );
      assert.ok(found, `${name} ${JSON.stringify(labels)} does not fire; active: ${JSON.stringify(active)}`);
      return found;
    }, 40_000);

  test('can all be evaluated, and none fires while 50 peers are connected and all is well', async () => {
    const { prometheus } = alerts;
    for (const [daemon, job] of [
      [server.peerId, 'peermeter'],
      [new URL(scraped.metricsUrl).host, 'peermeter-direct'],
    ] as const) {
      await prometheus.waitFor(
        `libp2p_concurrent_peers{job="${job}", instance="${daemon}"}`,
        ([peers]) => !!peers?.value,
      );
    }
    const [workers] = await prometheus.waitFor('count(libp2p_process_up == 1)', ([up]) => (up?.value ?? 0) >= 3);
    assert.equal(workers?.value, 3);
    await sleep(QUIET_MS);
    const rules = await alerts.evaluated();
    assert.deepEqual(
      rules.map(({ name }) => name).sort(),
      alertRules()
        .map(({ alert }) => alert)
        .sort(),
    );
    for (const { name, health, lastError } of rules) assert.equal(health, 'ok', `${name}: ${lastError}`);
    const firing = (await alerts.active()).filter(({ state }) => state === 'firing');
    assert.deepEqual(firing, []);
  });

  test('ask for series that there are, by push and by pull', async () => {
    const selectors = alertRules().flatMap(({ expr }) => namedIn(expr).selectors);
    const ofDaemons = selectors.filter(({ metric }) => metric.startsWith('libp2p_'));
    for (const text of new Set(ofDaemons.map(({ text }) => text))) {
      const jobs = new Set((await alerts.prometheus.query(text)).map(({ metric }) => metric.job));
      // Only the scraped daemon has several processes, and only the other one pushes.
      const isOfPushes = /^libp2p_telemetry_(last_success|push_interval)/.test(text);
      if (!isOfPushes) assert.ok(jobs.has('peermeter-direct'), `${text} by pull`);
      if (!text.startsWith('libp2p_process_')) assert.ok(jobs.has('peermeter'), `${text} by push`);
    }
  });

  test('a daemon that is full and turns peers away', async (t) => {
    const full = await startDaemonProcess(['--max-peers', '10', '--max-connections', '10'], pushing);
    started.push(full);
    const instance = full.peerId;
    // An increase needs to have seen the counter before.
    await alerts.prometheus.waitFor(
      `libp2p_connections_denied_total{instance="${instance}"}`,
      (found) => found.length > 0,
    );
    const crowd = swarmOf(full, 25);
    t.after(() => crowd.child.kill('SIGKILL'));
    await fires('PeermeterPeersNearLimit', { instance, severity: 'warning' });
    await fires('PeermeterPoolNearLimit', { instance });
    const { labels } = await fires('PeermeterRefusing', { instance });
    assert.match(labels.reason ?? '', /^max_(peers|connections)$/);
    const others = (await alerts.active()).filter(({ labels }) => labels.instance !== instance);
    assert.deepEqual(others, [], 'the other daemons have room');
  });

  test('a daemon whose target is not there', async () => {
    const gone = await startDaemonProcess();
    await gone.stop();
    const client = await startDaemonProcess(['-d', gone.address], pushing);
    started.push(client);
    await fires('PeermeterTargetUnreachable', { instance: client.peerId, result: 'refused' });
  });

  test('a worker that is killed, of a daemon of several processes', async () => {
    const [worker] = childrenOf(scraped.pid);
    assert(worker !== undefined);
    process.kill(worker, 'SIGKILL');
    const { labels } = await fires('PeermeterWorkerRestarting', { job: 'peermeter-direct' });
    assert.match(labels.process ?? '', /^[01]$/);
  });

  test('a server whose peers are killed', async () => {
    swarm.child.kill('SIGKILL');
    await fires('PeermeterPeersLost', { job: 'peermeter', instance: server.peerId });
  });

  test('daemons that are killed, each as it was collected', async () => {
    server.child.kill('SIGKILL');
    await fires('PeermeterPushStopped', { job: 'peermeter', instance: server.peerId });
    scraped.child.kill('SIGKILL');
    await fires('PeermeterDown', { job: 'peermeter-direct', instance: new URL(scraped.metricsUrl).host });
    const pushes = (await alerts.active()).filter(({ name }) => name === 'PeermeterPushStopped');
    assert.deepEqual(
      pushes.map(({ labels }) => labels.instance),
      [server.peerId],
    );
  });

  test('the Collector, and then nothing is said of those that push to it', async () => {
    process.kill(collector.pid, 'SIGKILL');
    await fires('PeermeterCollectorDown', { job: 'otel-collector' });
    await fires('PeermeterCollectorDown', { job: 'otel-collector-self' });
    const names = (await alerts.active()).map(({ name }) => name);
    assert.ok(!names.includes('PeermeterPushStopped') && !names.includes('PeermeterNoData'), names.join());
  });
});

test("what the alerts ask of the Collector's own metrics is there, and counts what it refuses", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-alerts-'));
  t.after(() => rm(folder, { recursive: true }));
  // The committed configuration, with too little memory, and with an exporter that has a queue.
  const committed = join(import.meta.dirname, '..', '..', 'otel-collector', 'config.yaml');
  const config = parse(await readFile(committed, 'utf8'));
  config.processors.memory_limiter = { check_interval: '100ms', limit_mib: 1 };
  config.exporters.otlp_http = { endpoint: 'http://127.0.0.1:1' };
  config.service.pipelines.metrics.exporters.push('otlp_http');
  await writeFile(join(folder, 'config.yaml'), stringify(config));
  const collector = await startCollector({ config: join(folder, 'config.yaml') });
  t.after(() => collector.stop());
  const daemon = await startDaemonProcess([], {
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.otlpUrl,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  });
  t.after(() => daemon.stop());

  const own = async () => parseExposition(await (await fetch(collector.selfUrl)).text());
  await eventually(async () => assert.ok((await own()).value('otelcol_receiver_refused_metric_points') > 0));
  const exposed = new Set((await own()).samples.map(({ name }) => name));
  const asked = alertRules().flatMap(({ expr }) => namedIn(expr).selectors.map(({ metric }) => metric));
  const ofCollector = asked.filter((metric) => metric.startsWith('otelcol_'));
  assert.equal(ofCollector.length, 4);
  for (const metric of ofCollector) assert.ok(exposed.has(metric), metric);
});

function swarmOf({ address }: DaemonProcess, peers: number): Running {
  return peermeter(['swarm', '-d', address, '-n', String(peers), '--ramp', '1s', '--duration', '300s', '--json']);
}
