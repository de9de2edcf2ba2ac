import type { Peer, PeerId, PeerStore } from '@libp2p/interface';

/**
 * Stops libp2p from writing down, for each stream, that a peer speaks the stream's protocol: nothing here asks.
 */
export function closeProtocolBook(peerStore: PeerStore, self: PeerId): void {
  const merge = peerStore.merge.bind(peerStore);
  peerStore.merge = (id, data, options) => {
    const onlyProtocols = Object.keys(data).length === 1 && data.protocols !== undefined;
    return onlyProtocols && !id.equals(self) ? Promise.resolve(stranger(id)) : merge(id, data, options);
  };
}

function stranger(id: PeerId): Peer {
  return { id, addresses: [], protocols: [], metadata: new Map(), tags: new Map() };
}
