/**
 * A process with js-libp2p as it comes: the packages with their own defaults, ping, identify and an echo. It prints
 * "Listening on MULTIADDR", dials the address it is given, and echoes a bulk of its own through whoever it meets, which
 * it then calls "Bulk ok" or "Bulk wrong".
 */
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { type Ping, ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { digestOf, handleEcho, openEcho, Received, sendAll, someBytes } from './echo.ts';
import { eventually } from './eventually.ts';

const BULK_BYTES = 4 * 2 ** 20;

const node = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() },
});
await handleEcho(node);
node.addEventListener('connection:open', ({ detail: connection }) => void exchange(connection));

async function exchange(connection: Parameters<typeof openEcho>[0]): Promise<void> {
  await (node.services as { ping: Ping }).ping.ping(connection.remotePeer, { signal: AbortSignal.timeout(5000) });
  const stream = await openEcho(connection);
  const bytes = someBytes(BULK_BYTES);
  const received = new Received(stream, true);
  await sendAll(stream, bytes);
  await stream.close();
  await eventually(() => {
    if (received.bytes < BULK_BYTES) throw new Error(`${received.bytes} bytes`);
  });
  process.stdout.write(`Bulk ${received.digest() === digestOf(bytes) ? 'ok' : 'wrong'}\n`);
}

for (const address of node.getMultiaddrs()) process.stdout.write(`Listening on ${address}\n`);
const [target] = process.argv.slice(2);
if (target !== undefined) await node.dial(multiaddr(target));
process.once('SIGTERM', () => process.exit(0));
