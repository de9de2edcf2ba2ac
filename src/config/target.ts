import { multiaddr } from '@multiformats/multiaddr';
import type { Parse } from './parse.ts';

/** One address of a peer to keep connected, as `parseTargetAddress` reads it. */
export interface TargetAddress {
  readonly peerId: string;
  readonly address: string;
}

/** A peer to keep connected: its id and the addresses it was given under. */
export interface Target {
  readonly peerId: string;
  /** Full multiaddrs, each ending in `/p2p/` and the peer id. */
  readonly addresses: readonly string[];
}

/**
 * Reads the multiaddr of a target: `/ip4/127.0.0.1/tcp/8001/p2p/12D3Koo…`.
 *
 * Throws an Error that says what was expected.
 */
export const parseTargetAddress: Parse<TargetAddress> = Object.assign(readTargetAddress, {
  show: ({ address }: TargetAddress) => address,
});

function readTargetAddress(text: string): TargetAddress {
  const expected = 'a multiaddr such as /ip4/127.0.0.1/tcp/8001/p2p/PEER_ID';
  let parsed: ReturnType<typeof multiaddr>;
  try {
    parsed = multiaddr(text.trim());
  } catch (error) {
    throw new Error(expected, { cause: error });
  }
  const components = parsed.getComponents();
  const transport = components.find((component) => component.name === 'tcp');
  const last = components.at(-1);
  if (transport === undefined) throw new Error(`${expected} (TCP is the transport here)`);
  if (last?.name !== 'p2p' || last.value === undefined) {
    throw new Error(`${expected}, ending in the peer id: copy the line that \`peermeter run\` prints`);
  }
  return { peerId: last.value, address: parsed.toString() };
}

/** Puts addresses of one peer together, in the order given; an address given twice counts once. */
export function groupTargets(addresses: readonly TargetAddress[]): Target[] {
  const byPeer = new Map<string, Set<string>>();
  for (const { peerId, address } of addresses) {
    byPeer.set(peerId, (byPeer.get(peerId) ?? new Set()).add(address));
  }
  return [...byPeer].map(([peerId, set]) => ({ peerId, addresses: [...set] }));
}
