import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import type { Config } from '../config/settings.ts';
import { groupTargets } from '../config/target.ts';
import { listenProblem } from '../errors.ts';
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
import { recordOwnNode } from '../record/record-all.ts';
import { recordGc } from '../record/record-process.ts';
import { PerPeerProducer } from '../telemetry/per-peer-producer.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { refuseSelfDial } from './problems.ts';
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
  /** Where the daemon's own HTTP server is, for health checks. */
  readonly httpUrl: string;
  /** Where to scrape; absent when the prometheus exporter is off. */
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
  const privateKey = await identity(config, env);
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  const targets = groupTargets(config.targets);
  refuseSelfDial(targets, peerId);

  const table = new PeerTable();
  const prober = new Prober({
    table,
    intervalMs: config.pingIntervalMs,
    timeoutMs: config.pingTimeoutMs,
    streams: config.pingStreams,
  });
  const perPeer = {
    table,
    prober,
    cap: config.perPeerSeries,
    targets: new Set(targets.map((target) => target.peerId)),
  };
  const producers = [new PerPeerProducer(() => livePeerSeries(perPeer), config.naming)];
  const telemetry = await startTelemetry({ config, peerId, log, producers });
  const sampler = new ProcessSampler({ onGc: recordGc(telemetry.instruments) });
  sampler.start();

  const traffic = new Traffic();
  const tally = new Tally(table, prober, traffic);
  const admission = new Admission({ limits: config, occupancy: table });
  const listen = { host: config.host, port: config.port };
  const userAgent = `peermeter/${VERSION}`;
  const node = await createNode({
    privateKey,
    listen,
    gater: admission.gater(),
    traffic,
    log,
    userAgent,
    pingHandler: config.pingHandler,
    levers: config.tuning,
  });
  const keeper = new TargetKeeper({ node, targets, presence: table, log });
  table.on('opened', (connection) => admission.opened(connection.peerId));
  table.on('left', (peer) => forget(node, peer.id, log));
  table.follow(node);

  const latest = () => sampler.latest();
  const measured = { table, prober, latest, version: VERSION, limits: config, traffic, keeper };
  const recordDenied = recordOwnNode(telemetry.instruments, measured);
  admission.on('denied', recordDenied).on('denied', () => tally.denied());

  let ready = false;
  const health = () => ({
    live: performance.now() - sampler.latest().atMs < STALLED_AFTER_MS,
    ready,
    ...(ready ? {} : { reason: 'not listening for peers' }),
  });
  const http = httpServer(config, telemetry.scrape, health, log);

  const stop = async (flushMs = FLUSH_DEADLINE_MS): Promise<Summary> => {
    ready = false;
    await keeper.stop();
    prober.stop();
    table.announceClose('shutdown');
    await Promise.race([Promise.resolve(node.stop()).catch(() => undefined), delay(CLOSE_DEADLINE_MS)]);
    sampler.stop();
    const flushed = await telemetry.shutdown(flushMs);
    if (!flushed && flushMs > 0) log.warn('the last push did not get out in time');
    await http.stop();
    return tally.summary();
  };
  try {
    const metricsAt = await http.start().catch((error) => {
      const attempt = {
        host: config.metricsHost,
        port: config.metricsPort,
        hostFlag: '--metrics-host',
        portFlag: '-m',
      };
      throw listenProblem('cannot serve metrics', attempt, error);
    });
    await startNode(node, listen);
    ready = true;
    prober.start();
    keeper.start();
    const httpUrl = `http://${urlHost(metricsAt.host)}:${metricsAt.port}`;
    const metricsUrl = telemetry.scrape && `${httpUrl}/metrics`;
    const addresses = dialableAddresses(node);
    return { peerId, addresses, httpUrl, metricsUrl, pushDestination: telemetry.pushDestination, stop: () => stop() };
  } catch (error) {
    // Nothing has been measured that would be worth a wait.
    await stop(0);
    throw error;
  }
}

function identity(config: Config, env: DaemonInit['env']): Promise<PrivateKey> {
  const file = config.keyFile ?? defaultKeyFile(config.port, env);
  return file === undefined ? ephemeralIdentity() : loadIdentity(file);
}

function httpServer(
  config: Config,
  scrape: Telemetry['scrape'],
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

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
