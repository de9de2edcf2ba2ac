import type { Config } from '../config/settings.ts';
import type { Target } from '../config/target.ts';
import { OperatorError } from '../errors.ts';

/** A node that dials itself would never connect: said at the start, not tried for ever. */
export function refuseSelfDial(targets: readonly Target[], own: string): void {
  const self = targets.find((target) => target.peerId === own);
  if (self === undefined) return;
  const address = self.addresses[0];
  const advice = 'name another peer, or another key with --key';
  throw new OperatorError('config', `--dial ${address} is this node itself: ${advice}`);
}

/** Why the metrics endpoint could not be opened, and what to do about it. */
export function metricsPortProblem(config: Config, error: NodeJS.ErrnoException): OperatorError {
  const where = `${config.metricsHost} port ${config.metricsPort}`;
  const problems: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is in use; choose another with -m (0 takes a free one)',
    EACCES: 'ports below 1024 need privileges; choose another with -m',
    EADDRNOTAVAIL: 'no interface of this machine has that address (--metrics-host)',
  };
  const problem = problems[error.code ?? ''] ?? error.message;
  return new OperatorError('fault', `cannot serve metrics on ${where}: ${problem}`, { cause: error });
}
