import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback that delays what passes, counts it, and can freeze.
 *
 * The delay is put on each direction: half of the round trip it adds. Timers fire when the machine lets them, so the
 * proxy measures what delay it really put in.
 */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #oneWayMs: number;
  /** Bytes from whoever connected, and to them. */
  bytesIn = 0;
  bytesOut = 0;
  frozen = false;
  #delayedMs = 0;
  #delayed = 0;

  private constructor(target: { host: string; port: number }, roundTripMs: number) {
    this.#oneWayMs = roundTripMs / 2;
    this.#server = createServer((client) => {
      const upstream = connect(target);
      this.#pipe(client, upstream, (bytes) => {
        this.bytesIn += bytes;
      });
      this.#pipe(upstream, client, (bytes) => {
        this.bytesOut += bytes;
      });
    });
  }

  static async start(target: { host: string; port: number }, roundTripMs = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, roundTripMs);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The round trip it added since the last call, on average, in milliseconds. */
  takeAddedRoundTripMs(): number {
    const mean = this.#delayedMs / this.#delayed;
    this.#delayedMs = 0;
    this.#delayed = 0;
    return 2 * mean;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #later(pass: () => void): void {
    const cameAtMs = performance.now();
    setTimeout(() => {
      this.#delayedMs += performance.now() - cameAtMs;
      this.#delayed++;
      pass();
    }, this.#oneWayMs);
  }

  #pipe(from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.setNoDelay(true);
    this.#sockets.add(from);
    from.on('data', (data) => {
      if (this.frozen) return;
      count(data.byteLength);
      if (this.#oneWayMs === 0) to.write(data);
      else this.#later(() => to.writable && to.write(data));
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}

/** The host and port of a multiaddr such as /ip4/127.0.0.1/tcp/8001/p2p/…. */
export function hostPort(address: string): { host: string; port: number } {
  const [, , host = '', , port = ''] = address.split('/');
  return { host, port: Number(port) };
}

/** The same multiaddr at another port of this host. */
export function through(address: string, port: number): string {
  return address.replace(/\/tcp\/\d+\//, `/tcp/${port}/`);
}
