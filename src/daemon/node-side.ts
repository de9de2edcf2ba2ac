import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Config } from '../config/settings.ts';
import type { Target } from '../config/target.ts';
import type { Instruments } from '../contract/instruments.ts';
import type { PeerDetails } from '../contract/per-peer.ts';
import type { Logger } from '../log/logger.ts';
import { Admission, type Gatekeeper } from '../node/admission.ts';
import { createNode, dialableAddresses, startNode } from '../node/create-node.ts';
import { TargetKeeper } from '../node/target-keeper.ts';
import { Traffic } from '../node/traffic.ts';
import { PeerTable } from '../peers/peer-table.ts';
import { Prober } from '../probe/prober.ts';
import { ProcessSampler } from '../process/sampler.ts';
import { livePeerSeries } from '../record/per-peer.ts';
import { recordOwnNode } from '../record/record-all.ts';
import { recordGc } from '../record/record-process.ts';
import { VERSION } from '../version.ts';
import { type Summary, Tally } from './summary.ts';

/** Peers have this long to take leave. */
const CLOSE_DEADLINE_MS = 1000;

export interface NodeSideInit {
  readonly config: Config;
  readonly privateKey: PrivateKey;
  readonly targets: readonly Target[];
  readonly log: Logger;
  /** Decides who gets in. @default by the limits of the configuration */
  readonly gatekeeper?: Gatekeeper;
  /** Whether other processes listen on the same port. @default false */
  readonly reusePort?: boolean;
}

/**
 * The side of the daemon that faces the peers: the node, who is connected to it, the pings, and this process that does
 * it all. What becomes of the figures is not its business.
 */
export interface NodeSide {
  readonly table: PeerTable;
  /** What is measured of single peers now: at most `cap`, targets first, then those connected longest. */
  perPeer(cap: number): Iterable<PeerDetails>;
  /** Measures into these instruments; once, before the start. */
  record(instruments: Instruments): void;
  /** When this process was last looked at, on the monotonic clock: long ago when the event loop hangs. */
  sampledAtMs(): number;
  /** Listens, pings and dials. Resolves with the addresses others can dial; throws an OperatorError (`fault`). */
  start(): Promise<readonly string[]>;
  /** Takes leave of the peers, within a second. */
  stop(): Promise<void>;
  summary(): Summary;
}

export async function createNodeSide(init: NodeSideInit): Promise<NodeSide> {
  const { config, privateKey, targets, log, reusePort = false } = init;
  const table = new PeerTable();
  const prober = new Prober({
    table,
    intervalMs: config.pingIntervalMs,
    timeoutMs: config.pingTimeoutMs,
    streams: config.pingStreams,
  });
  const traffic = new Traffic();
  const tally = new Tally(table, prober, traffic);
  const admission = init.gatekeeper ?? new Admission({ limits: config, occupancy: table });
  admission.on('denied', () => tally.denied());
  const listen = { host: config.host, port: config.port };
  const node = await createNode({
    privateKey,
    listen,
    gater: admission.gater(),
    traffic,
    log,
    userAgent: `peermeter/${VERSION}`,
    pingHandler: config.pingHandler,
    levers: config.tuning,
    reusePort,
  });
  const keeper = new TargetKeeper({ node, targets, presence: table, log });
  table.on('opened', (connection) => admission.opened(connection.peerId));
  table.on('left', (peer) => forget(node, peer.id, log));
  table.follow(node);

  const chosen = { table, prober, targets: new Set(targets.map(({ peerId }) => peerId)) };
  let sampler = new ProcessSampler();
  return {
    table,
    perPeer: (cap) => livePeerSeries({ ...chosen, cap }),
    record(instruments) {
      sampler = new ProcessSampler({ onGc: recordGc(instruments) });
      sampler.start();
      const latest = () => sampler.latest();
      const measured = { table, prober, latest, version: VERSION, limits: config, traffic, keeper };
      admission.on('denied', recordOwnNode(instruments, measured));
    },
    sampledAtMs: () => sampler.latest().atMs,
    async start() {
      await startNode(node, listen);
      prober.start();
      keeper.start();
      return dialableAddresses(node);
    },
    async stop() {
      await keeper.stop();
      prober.stop();
      table.announceClose('shutdown');
      await Promise.race([Promise.resolve(node.stop()).catch(() => undefined), delay(CLOSE_DEADLINE_MS)]);
      sampler.stop();
    },
    summary: () => tally.summary(),
  };
}

/** A peer that left is forgotten: libp2p would keep about 25 kB for each that came with a long agent string. */
function forget(node: Libp2p, peerId: string, log: Logger): void {
  Promise.resolve(node.peerStore.delete(peerIdFromString(peerId))).catch((error) => log.debug('peer store', { error }));
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
