import type {
  ConnectionEncrypter,
  Libp2p,
  MessageStream,
  PrivateKey,
  SecureConnectionOptions,
  StreamMuxer,
  StreamMuxerFactory,
} from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';
import type { ICryptoInterface } from '@libp2p/noise';
import { defaultCrypto } from '@libp2p/noise/crypto';
import type { Lever } from '../../config/levers.ts';
import { type Layer, layOver } from '../layer.ts';
import { compileEarly } from './early-compilation.ts';
import { leanListeners } from './event-listeners.ts';
import { handshakeCrypto, rememberSignature } from './handshake-keys.ts';
import { OVER_STREAM, ShortWay } from './muxer-frames.ts';
import {
  DECODER,
  HANDSHAKE,
  NOISE_CONNECTION,
  type NoiseConnection,
  RAW_CONNECTION,
  type RawConnection,
} from './noise-parts.ts';
import { closeProtocolBook } from './protocol-book.ts';
import { stopPruning } from './pruning.ts';
import { SecureChannel, type SocketCounts } from './secure-channel.ts';
import { unlike } from './shape.ts';
import { Opening } from './stream-opening.ts';
import { OVER_WINDOW } from './window-updates.ts';
import { YAMUX_MUXER, YAMUX_STREAM, type YamuxMuxer, type YamuxStream } from './yamux-parts.ts';
import { limitYoungGeneration } from './young-generation.ts';

/** The levers that are of no use without the parts of a Noise connection, and those without the parts of a muxer. */
const ON_CHANNEL: readonly Lever[] = ['secure-channel', 'muxer-frames', 'stream-opening'];
const ON_MUXER: readonly Lever[] = ['muxer-frames', 'stream-opening', 'window-updates'];

export interface TuningInit {
  /** The levers to use; one that stands on another is off without it. */
  readonly levers: ReadonlySet<Lever>;
  /** Where the bytes of the sockets are counted. */
  readonly counts: SocketCounts;
  /** Told, once for each lever, that it cannot be used and why; libp2p then works as it comes. */
  readonly onUnusable: (lever: Lever, reason: string) => void;
}

/**
 * What is done to libp2p so that one core can serve ten thousand peers.
 *
 * Some levers reach into parts that the packages keep to themselves. Each looks at these parts first, leaves everything
 * as it is when they are not what it was made for, and says so. `docs/upstream/` has what was found, for libp2p.
 */
export class Tuning {
  readonly #init: TuningInit;
  readonly #unusable = new Set<Lever>();
  readonly #known = new WeakSet<object>();

  constructor(init: TuningInit) {
    this.#init = init;
    if (this.#uses('early-compilation')) this.#fits(['early-compilation'], compileEarly());
    if (this.#uses('young-generation')) limitYoungGeneration();
    if (this.#uses('event-listeners')) this.#fits(['event-listeners'], leanListeners());
  }

  /** The crypto for Noise. */
  crypto(): ICryptoInterface {
    return this.#uses('handshake-keys') ? handshakeCrypto() : defaultCrypto;
  }

  key(privateKey: PrivateKey): void {
    if (this.#uses('handshake-keys')) rememberSignature(privateKey);
  }

  /** Noise, with each connection it secures on the short way. */
  encrypter<C>(noise: (components: C) => ConnectionEncrypter): (components: C) => ConnectionEncrypter {
    return (components) => {
      const encrypter = noise(components);
      const secured = <R extends { readonly connection: MessageStream }>(raw: MessageStream, result: R): R => {
        this.#secured(raw, result.connection);
        return result;
      };
      const tuned: Pick<ConnectionEncrypter, 'secureInbound' | 'secureOutbound'> = {
        secureInbound: async (raw: MessageStream, options?: SecureConnectionOptions) =>
          secured(raw, await encrypter.secureInbound(raw, options)),
        secureOutbound: async (raw: MessageStream, options?: SecureConnectionOptions) =>
          secured(raw, await encrypter.secureOutbound(raw, options)),
      };
      return Object.assign(Object.create(encrypter), tuned);
    };
  }

  /** Yamux, with each muxer on the short way. */
  muxer<C extends { readonly registrar: Pick<Registrar, 'getProtocols'> }>(
    yamux: (components: C) => StreamMuxerFactory,
  ): (components: C) => StreamMuxerFactory {
    return (components) => {
      const factory = yamux(components);
      const protocols = (): string[] => components.registrar.getProtocols();
      const createStreamMuxer = (connection: MessageStream): StreamMuxer => {
        const muxer = factory.createStreamMuxer(connection);
        this.#muxed(muxer as YamuxMuxer, connection, protocols);
        return muxer;
      };
      return Object.assign(Object.create(factory), { createStreamMuxer });
    };
  }

  /** What is done to a node once it is there. */
  node(node: Libp2p): void {
    if (this.#uses('protocol-book')) closeProtocolBook(node.peerStore, node.peerId);
    if (this.#uses('pruning')) this.#fits(['pruning'], stopPruning(node));
  }

  #secured(raw: MessageStream, noise: MessageStream): void {
    if (!this.#uses('secure-channel')) return;
    const { handshake, decoder } = noise as Partial<NoiseConnection>;
    const differences = [
      ...unlike(raw, RAW_CONNECTION),
      ...unlike(noise, NOISE_CONNECTION),
      ...unlike(handshake, HANDSHAKE),
      ...unlike(decoder, DECODER),
    ];
    if (!this.#fits(ON_CHANNEL, differences)) return;
    SecureChannel.over(raw as RawConnection, noise as NoiseConnection, this.#init.counts);
  }

  #muxed(muxer: YamuxMuxer, noise: MessageStream, protocols: () => readonly string[]): void {
    if (!this.#uses('muxer-frames') && !this.#uses('window-updates')) return;
    if (!this.#fits(ON_MUXER, unlike(muxer, YAMUX_MUXER))) return;
    layOver(muxer, this.#overNewStreams, '_newStream');
    const channel = SecureChannel.of(noise);
    if (channel === undefined || !this.#uses('muxer-frames')) return;
    const announce = muxer.safeDispatchEvent;
    const opening = this.#uses('stream-opening')
      ? new Opening(protocols, (stream) => announce.call(muxer, 'stream', { detail: stream }))
      : undefined;
    ShortWay.over({ muxer, noise, channel, opening });
  }

  readonly #overNewStreams: Layer<YamuxMuxer> = ({ _newStream }) => {
    const tune = (stream: YamuxStream): void => this.#opened(stream);
    return {
      _newStream(id, state, direction) {
        const stream = _newStream.call(this, id, state, direction);
        tune(stream);
        return stream;
      },
    };
  };

  #opened(stream: YamuxStream): void {
    const windows = this.#uses('window-updates');
    const frames = this.#uses('muxer-frames');
    if (!windows && !frames) return;
    if (!this.#isKnown(stream) && !this.#fits(ON_MUXER, unlike(stream, YAMUX_STREAM))) return;
    if (windows) layOver(stream, OVER_WINDOW, 'sendWindowUpdate');
    if (frames) layOver(stream, OVER_STREAM, 'onData');
  }

  #uses(lever: Lever): boolean {
    return this.#init.levers.has(lever) && !this.#unusable.has(lever);
  }

  /** Whether an object of this class has been looked at before. */
  #isKnown(object: object): boolean {
    const prototype = Object.getPrototypeOf(object) as object;
    if (this.#known.has(prototype)) return true;
    this.#known.add(prototype);
    return false;
  }

  /** Whether what these levers are laid on is as expected; when it is not, they are not tried again. */
  #fits(levers: readonly Lever[], differences: readonly string[]): boolean {
    if (differences.length === 0) return true;
    for (const lever of levers.filter((lever) => this.#uses(lever))) {
      this.#unusable.add(lever);
      this.#init.onUnusable(lever, differences.join(', '));
    }
    return false;
  }
}
