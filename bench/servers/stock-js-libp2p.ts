/**
 * What a user of js-libp2p has without us: the same packages with their defaults, `@libp2p/ping` among them, observed by
 * `@libp2p/prometheus-metrics`, and only those limits opened that would otherwise refuse the crowd. It prints
 * "Listening on MULTIADDR" and "Metrics on URL".
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { prometheusMetrics } from '@libp2p/prometheus-metrics';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { register } from 'prom-client';

const MANY = 100_000;

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() },
  metrics: prometheusMetrics(),
  connectionManager: {
    maxConnections: MANY,
    maxIncomingPendingConnections: MANY,
    inboundConnectionThreshold: MANY,
  },
});

const endpoint = createServer(async (_request, response) => {
  response.setHeader('content-type', register.contentType).end(await register.metrics());
});
endpoint.listen(0, '127.0.0.1', () => {
  const { port } = endpoint.address() as AddressInfo;
  process.stdout.write(`Metrics on http://127.0.0.1:${port}/metrics\n`);
  for (const address of node.getMultiaddrs()) process.stdout.write(`Listening on ${address}\n`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
