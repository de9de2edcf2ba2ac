import type { Libp2p } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import type { Config } from '../config/settings.ts';
import { groupTargets } from '../config/target.ts';
import { OperatorError } from '../errors.ts';
import { metricsRoutes } from '../http/routes.ts';
import { HttpServer } from '../http/server.ts';
import type { Logger } from '../log/logger.ts';
import { Admission } from '../node/admission.ts';
import { createNode, dialableAddresses, startNode } from '../node/create-node.ts';
import { defaultKeyFile, ephemeralIdentity, loadIdentity } from '../node/identity.ts';
import { TargetKeeper } from '../node/target-keeper.ts';
import { Traffic } from '../node/traffic.ts';
import { PeerTable } from '../peers/peer-table.ts';
import { Prober } from '../probe/prober.ts';
import { ProcessSampler } from '../process/sampler.ts';
import { livePeerSeries } from '../record/per-peer.ts';
import { recordDials, recordResources, recordTraffic } from '../record/record-node.ts';
import { recordLimits, recordPeers } from '../record/record-peers.ts';
import { recordProbe } from '../record/record-probe.ts';
import { recordBuildInfo, recordGc, recordMemoryPerPeer, recordProcess } from '../record/record-process.ts';
import { PerPeerProducer } from '../telemetry/per-peer-producer.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { type Summary, Tally } from './summary.ts';

/** All of the shutdown must fit in the 5 s an operator waits: this much for the last push … */
const FLUSH_DEADLINE_MS = 3000;
/** … and this much for peers to take leave. */
const CLOSE_DEADLINE_MS = 1000;

/** `/healthz` fails when the sampling timer has not run for this long: the event loop hangs. */
const STALLED_AFTER_MS = 15_000;

export interface DaemonInit {
  readonly config: Config;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A running daemon. */
export interface Daemon {
  readonly peerId: string;
  /** Full multiaddrs others can dial, loopback first. */
  readonly addresses: readonly string[];
  /** Base URL of the metrics endpoint; absent when the prometheus exporter is off. */
  readonly metricsUrl: string | undefined;
  readonly pushDestination: string | undefined;
  /** Takes leave of peers, flushes telemetry and ends, within 5 s whatever anybody else does. */
  stop(): Promise<Summary>;
}

/**
 * Starts everything, from the identity up to the listening port.
 *
 * Throws an OperatorError: `config` for the key file or a dial to oneself, `fault` for a port that cannot be had. What
 * had been started by then is stopped again.
 */
export async function startDaemon({ config, log, env }: DaemonInit): Promise<Daemon> {
  const keyFile = config.keyFile ?? defaultKeyFile(config.port, env);
  const privateKey = await (keyFile === undefined ? ephemeralIdentity() : loadIdentity(keyFile));
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  const targets = groupTargets(config.targets);
  refuseSelfDial(targets, peerId);

  const table = new PeerTable();
  const prober = new Prober({ table, intervalMs: config.pingIntervalMs, timeoutMs: config.pingTimeoutMs });
  const targetIds = new Set(targets.map((target) => target.peerId));
  const perPeer = () => livePeerSeries({ table, prober, cap: config.perPeerSeries, targets: targetIds });
  const producers = [new PerPeerProducer(perPeer, config.naming)];
  const telemetry = await startTelemetry({ config, peerId, log, producers });
  const { instruments } = telemetry;

  const sampler = new ProcessSampler({ onGc: recordGc(instruments) });
  sampler.start();
  const latest = () => sampler.latest();
  const traffic = new Traffic();
  const tally = new Tally(table, prober, traffic);
  recordPeers(instruments, table);
  const recordDenied = recordLimits(instruments, table, config);
  const admission = new Admission({
    limits: config,
    occupancy: table,
    onDenied: (direction, reason) => {
      recordDenied(direction, reason);
      tally.denied(reason);
    },
  });
  const listen = { host: config.host, port: config.port };
  const userAgent = `peermeter/${VERSION}`;
  const node = await createNode({ privateKey, listen, gater: admission.gater(), traffic, log, userAgent });
  table.on('opened', ({ peerId: id }) => admission.opened(id));
  table.on('left', ({ id }) => forget(node, id, log));
  table.follow(node);
  const keeper = new TargetKeeper({ node, targets, presence: table, log });

  recordProcess(instruments, latest);
  recordMemoryPerPeer(instruments, latest, table);
  recordBuildInfo(instruments, VERSION);
  recordProbe(instruments, prober);
  recordTraffic(instruments, traffic);
  recordDials(instruments, keeper);
  recordResources(instruments, { table, traffic, keeper, prober });

  let ready = false;
  const health = () => ({
    live: performance.now() - sampler.latest().atMs < STALLED_AFTER_MS,
    ready,
    ...(ready ? {} : { reason: 'not listening for peers' }),
  });
  const http = telemetry.scrape && httpServer(config, telemetry.scrape, health, log);

  const stop = async (): Promise<Summary> => {
    ready = false;
    await keeper.stop();
    prober.stop();
    table.announceClose('shutdown');
    await Promise.race([Promise.resolve(node.stop()).catch(() => undefined), delay(CLOSE_DEADLINE_MS)]);
    sampler.stop();
    if (!(await telemetry.shutdown(FLUSH_DEADLINE_MS))) log.warn('the last push did not get out in time');
    await http?.stop();
    return tally.summary();
  };
  try {
    const metricsAt = await http?.start().catch((error) => {
      throw metricsPortProblem(config, error);
    });
    await startNode(node, listen);
    ready = true;
    prober.start();
    keeper.start();
    const metricsUrl = metricsAt && `http://${urlHost(metricsAt.host)}:${metricsAt.port}`;
    const addresses = dialableAddresses(node);
    return { peerId, addresses, metricsUrl, pushDestination: telemetry.pushDestination, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function httpServer(
  config: Config,
  scrape: NonNullable<Telemetry['scrape']>,
  health: Parameters<typeof metricsRoutes>[0]['health'],
  log: Logger,
): HttpServer {
  return new HttpServer({
    host: config.metricsHost,
    port: config.metricsPort,
    allowedHosts: config.metricsAllowedHosts,
    routes: metricsRoutes({ scrape, health }),
    log,
  });
}

/** A peer that left is forgotten: libp2p would keep about 25 kB for each that came with a long agent string. */
function forget(node: Libp2p, peerId: string, log: Logger): void {
  Promise.resolve(node.peerStore.delete(peerIdFromString(peerId))).catch((error) => log.debug('peer store', { error }));
}

function refuseSelfDial(targets: readonly { peerId: string; addresses: readonly string[] }[], own: string): void {
  const self = targets.find((target) => target.peerId === own);
  if (self === undefined) return;
  const address = self.addresses[0];
  throw new OperatorError(
    'config',
    `--dial ${address} is this node itself: name another peer, or another key with --key`,
  );
}

function metricsPortProblem(config: Config, error: NodeJS.ErrnoException): OperatorError {
  const where = `${config.metricsHost} port ${config.metricsPort}`;
  const problems: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is in use; choose another with -m (0 takes a free one)',
    EACCES: 'ports below 1024 need privileges; choose another with -m',
    EADDRNOTAVAIL: 'no interface of this machine has that address (--metrics-host)',
  };
  const problem = problems[error.code ?? ''] ?? error.message;
  return new OperatorError('fault', `cannot serve metrics on ${where}: ${problem}`, { cause: error });
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
