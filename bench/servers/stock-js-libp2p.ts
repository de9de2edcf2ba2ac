/**
 * What a user of js-libp2p has without us: the same packages with their defaults, `@libp2p/ping` among them, and only
 * those limits opened that would otherwise refuse the crowd. It prints "Listening on MULTIADDR".
 */
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';

const MANY = 100_000;

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() },
  connectionManager: {
    maxConnections: MANY,
    maxIncomingPendingConnections: MANY,
    inboundConnectionThreshold: MANY,
  },
});
for (const address of node.getMultiaddrs()) process.stdout.write(`Listening on ${address}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
