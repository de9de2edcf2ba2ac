import { createServer } from 'node:net';
import type { Config } from '../config/settings.ts';
import { listenProblem, OperatorError } from '../errors.ts';

/** Where the kernel shares the connections of one port out among processes. */
const BALANCING: readonly NodeJS.Platform[] = ['linux', 'freebsd', 'sunos', 'aix'];

/** macOS lets several processes listen on one port and gives one of them all connections; Windows does not let them. */
export function refuseWithoutReusePort(platform: NodeJS.Platform = process.platform): void {
  if (BALANCING.includes(platform)) return;
  const reason = `the operating system (${platform}) does not share one port among processes`;
  throw new OperatorError('config', `--processes cannot be more than 1 here: ${reason}`);
}

/**
 * Throws an OperatorError (`fault`) when somebody has the port. Workers would be let in beside another daemon of the
 * same user that shares the port, and each would get a part of the other's peers.
 */
export async function refuseTakenPort({ host, port }: Config): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probe = createServer()
    .once('error', reject)
    .listen({ host, port, ipv6Only: host.includes(':') }, resolve);
  try {
    await promise;
  } catch (error) {
    throw listenProblem('cannot listen for peers', { host, port, hostFlag: '--host', portFlag: '-p' }, error);
  }
  await new Promise((closed) => probe.close(closed));
}
