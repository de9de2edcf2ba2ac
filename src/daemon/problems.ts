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
