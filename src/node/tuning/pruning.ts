import type { Libp2p } from '@libp2p/interface';
import { unlike } from './shape.ts';

/**
 * Stops libp2p from looking, at each new connection, for connections to prune. It first copies the list of all
 * connections once for each of them, so that ten thousand cost a hundred times what one thousand do; and its limit is set
 * above every number there can be. Returns what is not as expected.
 */
export function stopPruning(node: Libp2p): string[] {
  const { components } = node as Libp2p & { components?: { connectionManager?: { connectionPruner?: unknown } } };
  const pruner = components?.connectionManager?.connectionPruner;
  const differences = unlike(pruner, { maybePruneConnections: 'function', _maybePruneConnections: 'function' });
  if (differences.length === 0) Object.assign(pruner as object, { _maybePruneConnections: () => Promise.resolve() });
  return differences;
}
