import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCollector } from '../../stack/collector.ts';
import { type Prometheus, startPrometheus } from '../../stack/prometheus.ts';
import { writeNativeConfig } from '../../stack/prometheus-config.ts';
import { type DaemonProcess, peermeter, startDaemonProcess } from './daemon.ts';
import { eventually } from './eventually.ts';

/** A peer that nobody is, at a port where nobody listens: dialled again and again. */
const NOBODY = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';

/** Fifty of the swarm, and the daemon that is dialled. Who comes beyond is refused. */
const MAX_PEERS = 51;

/** Each second one in ten leaves, and a stranger takes its place. */
const CHURN = `
name: come and go for long
peers: 25
phases:
  - name: arrive
    duration: 12s
    ramp: 2s
  - name: come and go
    duration: 300s
    churn: 10%
`;

/** Daemons in trouble, in a Prometheus that runs with the committed configuration and rules. */
export interface Way {
  readonly prometheus: Prometheus;
  /** What `$job` is here. */
  readonly job: string;
  /** What `$instance` is of each daemon here. */
  readonly instances: Readonly<Record<keyof Daemons, string>>;
  stop(): Promise<void>;
}

interface Daemons {
  /** Full of peers that come and go; it dials the second, and somebody who is not there. */
  readonly server: DaemonProcess;
  /** Of two processes. */
  readonly twofold: DaemonProcess;
  /** Without any peer. */
  readonly lonely: DaemonProcess;
  /** Killed after a while. */
  readonly gone: DaemonProcess;
}

/** Daemons that push to a Collector, and a Prometheus that scrapes the Collector. */
export async function startPush(): Promise<Way> {
  const collector = await startCollector();
  const env = { OTEL_METRICS_EXPORTER: 'otlp,prometheus', OTEL_EXPORTER_OTLP_ENDPOINT: collector.otlpUrl };
  const daemons = await startDaemons(env);
  const prometheus = await startCommitted(collector.ports, []);
  const leave = await makeTrouble(daemons);
  return {
    prometheus,
    job: 'peermeter',
    instances: each(daemons, ({ peerId }) => peerId),
    stop: async () => {
      await leave();
      await stopAll(daemons);
      await prometheus.stop();
      await collector.stop();
    },
  };
}

/** Daemons that Prometheus scrapes. No Collector: the one that the committed configuration names is not there. */
export async function startPull(): Promise<Way> {
  const daemons = await startDaemons({ OTEL_METRICS_EXPORTER: 'prometheus' });
  const addresses = each(daemons, ({ metricsUrl }) => new URL(metricsUrl).host);
  const prometheus = await startCommitted({ prometheus: 1, self: 1 }, Object.values(addresses));
  const leave = await makeTrouble(daemons);
  return {
    prometheus,
    job: 'peermeter-direct',
    instances: addresses,
    stop: async () => {
      await leave();
      await stopAll(daemons);
      await prometheus.stop();
    },
  };
}

async function startDaemons(env: NodeJS.ProcessEnv): Promise<Daemons> {
  const twofold = await startDaemonProcess(['--processes', '2'], env);
  const lonely = await startDaemonProcess([], env);
  const targets = ['-d', twofold.address, '-d', NOBODY];
  const server = await startDaemonProcess(['--max-peers', String(MAX_PEERS), ...targets], env);
  const gone = await startDaemonProcess([], env);
  return { server, twofold, lonely, gone };
}

async function startCommitted(
  collector: Parameters<typeof writeNativeConfig>[1],
  daemons: readonly string[],
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-dashboards-'));
  const targets = join(folder, 'daemons');
  await mkdir(targets);
  await writeFile(join(targets, 'all.yml'), JSON.stringify([{ targets: daemons }]));
  const prometheus = await startPrometheus({ config: await writeNativeConfig(folder, collector, targets) });
  const stop = async (): Promise<void> => {
    await prometheus.stop();
    await rm(folder, { recursive: true });
  };
  return { ...prometheus, stop };
}

/** Fifty peers: half of them stay, half come and go. Some are killed, as is a daemon, and of those who come instead some are refused. */
async function makeTrouble({ server, gone }: Daemons): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-churn-'));
  await writeFile(join(folder, 'churn.yml'), CHURN);
  const swarm = (...args: string[]) => peermeter(['swarm', '-d', server.address, '--json', ...args]);
  const staying = (peers: number) => swarm('-n', String(peers), '--ramp', '1s', '--duration', '300s');
  const value = async (name: string) => (await server.scrape()).value(name);

  const present = [staying(15), staying(10)];
  await eventually(async () => assert.equal(await value('libp2p_concurrent_peers'), 26));
  present.push(swarm('--scenario', join(folder, 'churn.yml')));
  await eventually(async () => assert.equal(await value('libp2p_concurrent_peers'), MAX_PEERS));
  // Two scrapes of all of it, before and after.
  await sleep(12_000);
  present[1]?.child.kill('SIGKILL');
  gone.child.kill('SIGKILL');
  await eventually(async () => assert((await value('libp2p_concurrent_peers')) <= MAX_PEERS - 8));
  present.push(staying(20));
  await eventually(async () => assert((await value('libp2p_connections_denied_total')) >= 5));
  return async () => {
    for (const { child } of present) child.kill('SIGTERM');
    await Promise.all(present.map(({ finished }) => finished));
    await rm(folder, { recursive: true });
  };
}

function each<T>(daemons: Daemons, of: (daemon: DaemonProcess) => T): Record<keyof Daemons, T> {
  const { server, twofold, lonely, gone } = daemons;
  return { server: of(server), twofold: of(twofold), lonely: of(lonely), gone: of(gone) };
}

async function stopAll(daemons: Daemons): Promise<void> {
  await Promise.all(Object.values(daemons).map((daemon: DaemonProcess) => daemon.stop()));
}
