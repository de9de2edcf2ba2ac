import { createServer, type Server } from 'node:net';
import { StackError } from './errors.ts';

/** The only address that anything here listens on. */
export const LOOPBACK = '127.0.0.1';

/** A port somebody wants to listen on. */
export interface PortRequest {
  /** What listens there, for the error message. */
  readonly what: string;
  /** The number wanted; absent or 0 means any free one. */
  readonly port?: number | undefined;
  /** The command line flag that moves it, for the error message. */
  readonly flag?: string | undefined;
}

/**
 * Settles on a port for each request: the one asked for, when it is free, else any free one.
 *
 * All are held open until all are known, so that no two are the same, and closed before they are returned. Another
 * program can take one in between: whoever listens next must be ready for that.
 *
 * @throws StackError `port-taken` naming the port, what wanted it and the flag that moves it
 */
export async function claimPorts<K extends string>(requests: Record<K, PortRequest>): Promise<Record<K, number>> {
  const ports: Partial<Record<K, number>> = {};
  const held: Server[] = [];
  try {
    for (const name of Object.keys(requests) as K[]) {
      const server = await hold(requests[name]);
      held.push(server);
      ports[name] = portOf(server);
    }
  } finally {
    await Promise.all(held.map(close));
  }
  return ports as Record<K, number>;
}

const ATTEMPTS = 3;

/**
 * Runs `attempt`, and again when another program was quicker to listen on a port that this one had found free.
 * Only a free port is tried again: a number somebody asked for is theirs to change.
 */
export async function retryIfOutrun<T>(requests: readonly PortRequest[], attempt: () => Promise<T>): Promise<T> {
  const mayMove = requests.some(({ port }) => !port);
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      const outrun = error instanceof StackError && /address already in use/.test(error.message);
      if (!outrun || !mayMove || left === 1) throw error;
    }
  }
}

function hold(request: PortRequest): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(request, cause)));
    server.listen(request.port ?? 0, LOOPBACK, () => resolve(server));
  });
}

function cannotListen({ what, port, flag }: PortRequest, cause: NodeJS.ErrnoException): StackError {
  const state = cause.code === 'EADDRINUSE' ? 'is taken' : `cannot be opened (${cause.code ?? cause.message})`;
  const remedy = flag === undefined ? 'choose another port' : `choose another port with ${flag}`;
  return new StackError(
    'port-taken',
    `port ${port ?? 0} (${what}) ${state} on ${LOOPBACK}: stop the program that listens there, or ${remedy}`,
    { cause },
  );
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address');
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
