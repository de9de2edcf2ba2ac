import type {
  ConnectionEncrypter,
  MultiaddrConnection,
  PeerId,
  PrivateKey,
  Stream,
  StreamMuxer,
  StreamMuxerFactory,
  Transport,
  Upgrader,
} from '@libp2p/interface';
import { ConnectionFailedError, UnexpectedPeerError } from '@libp2p/interface';
import { select } from '@libp2p/multistream-select';
import { type NoiseComponents, noise } from '@libp2p/noise';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { parseTargetAddress } from '../config/target.ts';
import { PING_PROTOCOL } from '../contract/vocabulary.ts';
import { silentLibp2pLogger } from '../node/libp2p-logger.ts';
import { answerStreams } from './light-answers.ts';
import type { PeerConnection } from './peer-connection.ts';

/** What light connections are made of. One set serves any number of peers. */
export interface LightParts {
  readonly transport: Transport;
  /** Makes the encrypter of one peer. @default Noise */
  readonly encrypter: (components: NoiseComponents) => ConnectionEncrypter;
  /** @default Yamux without keep-alive: the pings keep the connection alive */
  readonly muxer: StreamMuxerFactory;
}

/** The public libp2p packages, as they come. */
export function lightParts(parts: Partial<LightParts> = {}): LightParts {
  return {
    // A peer that has nothing to say stays: it is the server that is to end what it does not want.
    transport: tcp({ outboundSocketInactivityTimeout: 0 })({ logger: silentLibp2pLogger }),
    encrypter: noise(),
    muxer: yamux({ enableKeepAlive: false })(),
    ...parts,
  };
}

export interface LightDial {
  readonly parts: LightParts;
  readonly identity: PrivateKey;
  /** Full multiaddr, ending in the peer id. */
  readonly target: string;
  /**
   * Gives the dial up. It must never fire after the connection is open: the transport ties the socket to it for good.
   */
  readonly signal: AbortSignal;
}

/**
 * Connects to a libp2p server with a key, TCP, Noise and Yamux alone: the outbound half of what libp2p's own upgrader
 * does, without a node round it.
 */
export async function dialLight({ parts, identity, target, signal }: LightDial): Promise<PeerConnection> {
  const { peerId, address } = parseTargetAddress(target);
  const upgraded = Promise.withResolvers<LightConnection>();
  const upgradeOutbound = async (raw: MultiaddrConnection): Promise<void> => {
    const muxer = await upgrade(raw, { parts, identity, remote: peerId, signal }).catch(handshakeFailed);
    upgraded.resolve(new LightConnection(raw, muxer, identity));
  };
  const upgrader = { upgradeOutbound } as unknown as Upgrader;
  await parts.transport.dial(multiaddr(address), { signal, upgrader });
  return upgraded.promise;
}

/** Whatever goes wrong once the server is reached is a failed handshake, as libp2p's upgrader has it. */
function handshakeFailed(error: Error): never {
  throw error instanceof UnexpectedPeerError ? error : new ConnectionFailedError(error.message);
}

interface Upgrade {
  readonly parts: LightParts;
  readonly identity: PrivateKey;
  readonly remote: string;
  readonly signal: AbortSignal;
}

/** Raw bytes -> encrypted and authenticated -> many streams. */
async function upgrade(raw: MultiaddrConnection, init: Upgrade): Promise<StreamMuxer> {
  const { parts, identity, signal } = init;
  const remotePeer = peerIdFromString(init.remote);
  const encrypter = parts.encrypter(componentsOf(identity, parts.muxer));
  await select(raw, encrypter.protocol, { signal });
  const secured = await encrypter.secureOutbound(raw, { remotePeer, signal });
  checkPeer(remotePeer, secured.remotePeer);
  // Noise may have settled on the muxer already, within its handshake.
  if (secured.streamMuxer === undefined) await select(secured.connection, parts.muxer.protocol, { signal });
  return (secured.streamMuxer ?? parts.muxer).createStreamMuxer(secured.connection);
}

function componentsOf(privateKey: PrivateKey, muxer: StreamMuxerFactory): NoiseComponents {
  const muxers = new Map([[muxer.protocol, muxer]]);
  return {
    privateKey,
    peerId: peerIdFromPrivateKey(privateKey),
    logger: silentLibp2pLogger,
    upgrader: { getStreamMuxers: () => muxers } as unknown as Upgrader,
  };
}

/** Noise compares keys, which it can only when the peer id holds one: that of an RSA key is a hash. */
function checkPeer(expected: PeerId, actual: PeerId): void {
  if (!expected.equals(actual)) throw new UnexpectedPeerError(`${actual} does not match expected remote ${expected}`);
}

/** An open connection of a light peer: it answers the server's streams, and opens its own for pings. */
class LightConnection implements PeerConnection {
  readonly #raw: MultiaddrConnection;
  readonly #muxer: StreamMuxer;

  constructor(raw: MultiaddrConnection, muxer: StreamMuxer, identity: PrivateKey) {
    this.#raw = raw;
    this.#muxer = muxer;
    answerStreams(muxer, identity);
  }

  get open(): boolean {
    return this.#raw.status === 'open' && this.#muxer.status === 'open';
  }

  async openPingStream(signal: AbortSignal): Promise<Stream> {
    const stream = await this.#muxer.createStream({ signal, protocol: PING_PROTOCOL });
    try {
      if (stream.protocol === '') stream.protocol = await select(stream, PING_PROTOCOL, { signal });
      return stream;
    } catch (error) {
      stream.abort(error as Error);
      throw error;
    }
  }

  onClose(listener: () => void): void {
    this.#raw.addEventListener('close', listener, { once: true });
  }

  freeze(): void {
    if (this.open) this.#raw.pause();
  }

  thaw(): void {
    if (this.open) this.#raw.resume();
  }

  async close(): Promise<void> {
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    try {
      await this.#muxer.close({ signal });
      await this.#raw.close({ signal });
    } catch (error) {
      this.#raw.abort(error as Error);
    }
  }

  abort(error: Error): void {
    this.#raw.abort(error);
  }
}

/** A server that does not take its last bytes in time gets a reset. */
const CLOSE_TIMEOUT_MS = 1000;
