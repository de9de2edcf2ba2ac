import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import type { Config } from '../config/settings.ts';
import { groupTargets } from '../config/target.ts';
import type { Logger } from '../log/logger.ts';
import type { TakeProfile } from '../profile/heap-profile.ts';
import { sampleHeap } from '../profile/sample-heap.ts';
import { PerPeerProducer } from '../telemetry/per-peer-producer.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import { FLUSH_DEADLINE_MS, STALLED_AFTER_MS } from './deadlines.ts';
import { createFront } from './front.ts';
import { configuredIdentity } from './identity.ts';
import { createNodeSide } from './node-side.ts';
import { refuseSelfDial } from './problems.ts';
import type { Summary } from './summary.ts';

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
  /** Where the daemon's own HTTP server is: the live page for a browser, and the health checks. */
  readonly httpUrl: string;
  /** Where to scrape; absent when the prometheus exporter is off. */
  readonly metricsUrl: string | undefined;
  /** Where telemetry is pushed to. */
  readonly pushDestinations: readonly string[];
  /** Takes leave of peers, flushes telemetry and ends, within 5 s whatever anybody else does. */
  stop(): Promise<Summary>;
}

/**
 * Starts everything in this process (`processes` is the command line's business), from the identity up to the listening
 * port.
 *
 * Throws an OperatorError: `config` for the key file or a dial to oneself, `fault` for a port that cannot be had. What
 * had been started by then is stopped again.
 */
export async function startDaemon({ config, log, env }: DaemonInit): Promise<Daemon> {
  const privateKey = await configuredIdentity(config, env);
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  const targets = groupTargets(config.targets);
  refuseSelfDial(targets, peerId);

  const side = await createNodeSide({ config, privateKey, targets, log });
  const perPeer = new PerPeerProducer(() => side.perPeer(config.perPeerSeries));
  const telemetry = await startTelemetry({ config, peerId, log, perPeer });
  side.record(telemetry.instruments);

  let ready = false;
  const health = () => ({
    live: performance.now() - side.sampledAtMs() < STALLED_AFTER_MS,
    ready,
    ...(ready ? {} : { reason: 'not listening for peers' }),
  });
  const front = createFront({
    config,
    peerId,
    telemetry,
    health,
    peers: (most) => ({ total: side.table.peerCount, peers: side.perPeer(most) }),
    profile: profileOfThis,
    log,
  });

  const stop = async (flushMs = FLUSH_DEADLINE_MS): Promise<Summary> => {
    ready = false;
    front.takeLeave();
    await side.stop();
    const flushed = await telemetry.shutdown(flushMs);
    if (!flushed && flushMs > 0) log.warn('the last push did not get out in time');
    await front.stop();
    return side.summary();
  };
  try {
    const at = await front.start();
    const addresses = await side.start();
    front.listening(addresses);
    ready = true;
    return { peerId, addresses, ...at, pushDestinations: telemetry.pushDestinations, stop: () => stop() };
  } catch (error) {
    // Nothing has been measured that would be worth a wait.
    await stop(0);
    throw error;
  }
}

/** There is one process: whoever names another means another daemon. */
const profileOfThis: TakeProfile = async (request, signal) => {
  if (request.process !== undefined) throw new Error('this daemon is one process: leave --process out');
  return sampleHeap(request, signal);
};
