import { identify } from '@libp2p/identify';
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { type TCPSocketOptions, tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { LEVERS, type Lever } from '../config/levers.ts';
import type { PingHandler } from '../config/settings.ts';
import { listenProblem } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { libp2pLogger, silentLibp2pLogger } from './libp2p-logger.ts';
import { pingResponder } from './ping-responder.ts';
import { Traffic } from './traffic.ts';
import { Tuning } from './tuning/tuning.ts';

export interface NodeInit {
  readonly privateKey: PrivateKey;
  /** Where to listen; a node that only dials listens nowhere. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Decides who gets in. @default everybody */
  readonly gater?: ConnectionGater;
  /** Counts bytes and streams. @default nobody */
  readonly traffic?: Traffic;
  /** Where libp2p's own words go, at debug level. @default nowhere */
  readonly log?: Logger;
  /** Who answers pings. @default 'own' */
  readonly pingHandler?: PingHandler;
  /** What is done to libp2p to make it cheaper. @default all there is */
  readonly levers?: readonly Lever[];
  /** What the node tells others it is. */
  readonly userAgent?: string;
  /** Lets other processes of the same user listen on the same port; the kernel then shares connections out. @default false */
  readonly reusePort?: boolean;
}

/** Above every limit of ours: `Admission` is to be the one that refuses, for libp2p does not say why it does. */
const NO_LIMIT = 2 ** 31 - 1;

/** One is in use; others may be on their way out. */
const PING_STREAMS_OUT = 8;

/** Connections the kernel holds while this process is busy; it caps the number at net.core.somaxconn (4096 on Linux). */
const LISTEN_BACKLOG = 4096;

/** Node.js takes it, the type of `@libp2p/tcp` leaves it out. */
const REUSE_PORT = { reusePort: true } as TCPSocketOptions;

/**
 * A libp2p node over TCP, Noise and Yamux that speaks identify and ping. It is returned stopped.
 *
 * The connection monitor is off: it allows one outbound ping stream, collides with any other prober and then aborts
 * healthy connections. Yamux' keep-alive is off too: our pings are what keeps a connection alive.
 */
export async function createNode(init: NodeInit): Promise<Libp2p> {
  const { listen, gater, traffic = new Traffic(), log, userAgent, pingHandler = 'own' } = init;
  const tuning = new Tuning({
    levers: new Set(init.levers ?? LEVERS),
    counts: traffic.sockets,
    onUnusable: (lever, reason) =>
      log?.warn('libp2p is not tuned, as it is not the version this was made for', { lever, reason }),
  });
  tuning.key(init.privateKey);
  const node = await createLibp2p({
    start: false,
    privateKey: init.privateKey,
    addresses: { listen: listen === undefined ? [] : [listenMultiaddr(listen.host, listen.port)] },
    transports: [tcp({ backlog: LISTEN_BACKLOG, ...(init.reusePort === true ? { listenOpts: REUSE_PORT } : {}) })],
    connectionEncrypters: [tuning.encrypter(noise({ crypto: tuning.crypto() }))],
    streamMuxers: [tuning.muxer(yamux({ enableKeepAlive: false }))],
    services: {
      identify: identify({ runOnConnectionOpen: false }),
      ping: pingHandler === 'libp2p' ? ping({ maxOutboundStreams: PING_STREAMS_OUT }) : pingResponder(),
    },
    connectionMonitor: { enabled: false },
    connectionManager: {
      maxConnections: NO_LIMIT,
      inboundConnectionThreshold: NO_LIMIT,
      maxIncomingPendingConnections: NO_LIMIT,
      reconnectRetries: 0,
      allow: ['/ip4/0.0.0.0/ipcidr/0', '/ip6/::/ipcidr/0'],
    },
    connectionGater: gater ?? { denyDialMultiaddr: () => false },
    logger: log?.isEnabled('debug') ? libp2pLogger(log) : silentLibp2pLogger,
    metrics: () => traffic.metrics(),
    ...(userAgent === undefined ? {} : { nodeInfo: { userAgent } }),
  });
  tuning.node(node);
  return node;
}

function listenMultiaddr(host: string, port: number): string {
  return `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`;
}

/**
 * Starts the node. Throws an OperatorError (`fault`) that names the address when it cannot listen there.
 */
export async function startNode(node: Libp2p, listen: { host: string; port: number }): Promise<void> {
  try {
    await node.start();
  } catch (error) {
    throw listenProblem('cannot listen for peers', { ...listen, hostFlag: '--host', portFlag: '-p' }, error);
  }
}

/** The addresses others can dial, each with the peer id, loopback first. */
export function dialableAddresses(node: Libp2p): string[] {
  const loopbackFirst = (address: string): number => (/^\/(ip4\/127\.|ip6\/::1\/)/.test(address) ? 0 : 1);
  return node
    .getMultiaddrs()
    .map((address) => address.toString())
    .sort((a, b) => loopbackFirst(a) - loopbackFirst(b));
}
