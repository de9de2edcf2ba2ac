import type { MessageStream } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import type { Shape } from './shape.ts';

/** The parts of js-libp2p's `AbstractMessageStream` that are not in its interface. */
interface Inside {
  readonly readStatus: string;
  readonly writeStatus: string;
  readonly sendingData: boolean;
  /** Set while whoever is below cannot take more; cleared by its `drain` event. */
  writableNeedsDrain: boolean;
  onData(data: Uint8Array): void;
}

const INSIDE: Shape = {
  readStatus: 'string',
  writeStatus: 'string',
  readBufferLength: 'number',
  writeBufferLength: 'number',
  sendingData: 'boolean',
  writableNeedsDrain: 'boolean',
  onData: 'function',
  send: 'function',
};

/** The socket's side of a connection. */
export interface RawConnection extends MessageStream, Inside {
  sendData(data: Iterable<Uint8Array>): { readonly canSendMore: boolean };
}

export const RAW_CONNECTION: Shape = { ...INSIDE, sendData: 'function', close: 'function' };

/** What `@libp2p/noise` makes of it. */
export interface NoiseConnection extends MessageStream, Inside {
  readonly handshake: {
    encrypt(plaintext: Uint8Array): Uint8Array | Uint8ArrayList;
    decrypt(ciphertext: Uint8Array, into: Uint8Array): Uint8Array | Uint8ArrayList;
  };
  decoder: {
    decode(data: Uint8Array | Uint8ArrayList): Iterable<Uint8Array>;
    /** What is not a whole message yet. */
    readonly buffer?: Uint8ArrayList;
  };
}

export const NOISE_CONNECTION: Shape = { ...INSIDE, handshake: 'object', decoder: 'object' };
export const DECODER: Shape = { decode: 'function', buffer: 'object' };
export const HANDSHAKE: Shape = { encrypt: 'function', decrypt: 'function' };
