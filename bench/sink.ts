import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An OTLP/HTTP receiver that counts, and says yes to everything. */
export interface Sink {
  readonly url: string;
  reset(): void;
  /** What came since the start or the last reset; bytes as they came, compressed or not. */
  seen(): { readonly pushes: number; readonly bytes: number };
  stop(): Promise<void>;
}

/** Starts one on a free port of loopback. */
export async function startSink(): Promise<Sink> {
  let pushes = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on('end', () => {
      pushes++;
      bytes += length;
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1/metrics`,
    reset: () => {
      pushes = 0;
      bytes = 0;
    },
    seen: () => ({ pushes, bytes }),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
