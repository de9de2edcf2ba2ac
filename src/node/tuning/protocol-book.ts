import type { Peer, PeerId, PeerStore } from '@libp2p/interface';

/**
 * Stops libp2p from writing into the peer store, for each stream, that a peer speaks the stream's protocol: nobody here
 * asks. Everything else is stored as ever, what this node speaks too (identify tells it to others).
 */
export function closeProtocolBook(peerStore: PeerStore, self: PeerId): void {
  const { merge } = peerStore;
  peerStore.merge = (id, data, options) => {
    const onlyProtocols = data.protocols !== undefined && Object.keys(data).length === 1;
    return onlyProtocols && !id.equals(self)
      ? Promise.resolve(nothingOf(id))
      : merge.call(peerStore, id, data, options);
  };
}

function nothingOf(id: PeerId): Peer {
  return { id, addresses: [], protocols: [], metadata: new Map(), tags: new Map() };
}
