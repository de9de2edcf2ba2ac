import type { Connection, Libp2p, PrivateKey, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { PING_PROTOCOL } from '../contract/vocabulary.ts';
import { createNode } from '../node/create-node.ts';
import { ephemeralIdentity } from '../node/identity.ts';
import { dialLight, type LightParts } from './light-connection.ts';
import type { Dialer, PeerConnection } from './peer-connection.ts';

/** A peer of a key and a connection, nothing else. */
export class LightDialer implements Dialer {
  readonly #parts: LightParts;
  readonly #target: string;
  #identity: PrivateKey | undefined;

  constructor(parts: LightParts, target: string) {
    this.#parts = parts;
    this.#target = target;
  }

  async dial(signal: AbortSignal): Promise<PeerConnection> {
    this.#identity ??= await ephemeralIdentity();
    return dialLight({ parts: this.#parts, identity: this.#identity, target: this.#target, signal });
  }

  async stop(): Promise<void> {}
}

/** A peer that is a whole libp2p node, as a user's would be. */
export class FullNodeDialer implements Dialer {
  readonly #target: string;
  #node: Libp2p | undefined;

  constructor(target: string) {
    this.#target = target;
  }

  async dial(signal: AbortSignal): Promise<PeerConnection> {
    this.#node ??= await startedNode();
    return new FullConnection(await this.#node.dial(multiaddr(this.#target), { signal }));
  }

  async stop(): Promise<void> {
    await this.#node?.stop();
  }
}

async function startedNode(): Promise<Libp2p> {
  const node = await createNode({ privateKey: await ephemeralIdentity() });
  await node.start();
  return node;
}

class FullConnection implements PeerConnection {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get open(): boolean {
    return this.#connection.status === 'open';
  }

  openPingStream(signal: AbortSignal): Promise<Stream> {
    return this.#connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
  }

  onClose(listener: () => void): void {
    this.#connection.addEventListener('close', listener, { once: true });
  }

  /** libp2p gives no hold of the socket below a connection; the command line refuses such a plan. */
  freeze(): void {
    throw new Error('a full node cannot be frozen');
  }

  thaw(): void {}

  async close(): Promise<void> {
    await this.#connection.close().catch((error) => this.#connection.abort(error));
  }

  abort(error: Error): void {
    this.#connection.abort(error);
  }
}
