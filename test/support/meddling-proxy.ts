import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Decides what becomes of bytes on their way to the target. */
export type Meddle = (data: Buffer, pass: (data: Buffer) => void) => void;

export interface MeddlingProxy {
  readonly port: number;
  /** Reads nothing more, from either side, until `resume`. */
  pause(): void;
  resume(): void;
  /** Destroys what is connected now. */
  cut(): void;
  stop(): Promise<void>;
}

/** A TCP proxy on loopback that hands what comes from whoever connects to `meddle`; answers go straight back. */
export async function startMeddlingProxy(targetPort: number, meddle: Meddle): Promise<MeddlingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect({ host: '127.0.0.1', port: targetPort });
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => meddle(data, (passed) => target.writable && target.write(passed)));
    target.on('data', (data) => client.write(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    pause: () => {
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      for (const socket of sockets) socket.resume();
    },
    cut,
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
