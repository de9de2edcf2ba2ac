import type { Libp2p } from '@libp2p/interface';
import { unlike } from './guard.ts';

/**
 * Stops libp2p from looking, at each new connection, for connections to prune: it makes a list of all of them first, one
 * by one, so that each connection costs more than the one before. Its limit is above every number there can be.
 */
export function stopPruning(node: Libp2p): string[] {
  const { components } = node as Libp2p & { components?: { connectionManager?: { connectionPruner?: unknown } } };
  const pruner = components?.connectionManager?.connectionPruner;
  const strange = unlike(pruner, { _maybePruneConnections: 'function', maybePruneConnections: 'function' });
  if (strange.length === 0) Object.assign(pruner as object, { _maybePruneConnections: () => Promise.resolve() });
  return strange;
}
