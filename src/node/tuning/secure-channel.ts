import { Buffer } from 'node:buffer';
import type { AbortOptions, MessageStream } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import type { Shape } from './guard.ts';
import { afterThisTurn } from './turn.ts';

/** What the socket's side of a connection is, with the parts libp2p keeps to itself. */
export interface RawConnection extends MessageStream {
  onData(data: Uint8Array): void;
  sendData(data: Iterable<Uint8Array>): { sentBytes: number; canSendMore: boolean };
  readonly readStatus: string;
  readonly writeStatus: string;
  sendingData: boolean;
  writableNeedsDrain: boolean;
}

export const RAW_CONNECTION: Shape = {
  onData: 'function',
  sendData: 'function',
  sendingData: 'boolean',
  writableNeedsDrain: 'boolean',
  writeBufferLength: 'number',
  readBufferLength: 'number',
  close: 'function',
};

/** What Noise makes of it, with the parts that package keeps to itself. */
export interface NoiseConnection extends MessageStream {
  readonly handshake: {
    encrypt(plaintext: Uint8Array): Uint8Array;
    decrypt(ciphertext: Uint8Array, into: Uint8Array): Uint8Array;
  };
  decoder: { decode(data: Uint8Array | Uint8ArrayList): Iterable<Uint8Array | Uint8ArrayList> };
  onData(data: Uint8Array): void;
  readonly readStatus: string;
  readonly writeStatus: string;
  sendingData: boolean;
  writableNeedsDrain: boolean;
}

export const NOISE_CONNECTION: Shape = {
  handshake: 'object',
  decoder: 'object',
  onData: 'function',
  send: 'function',
  sendingData: 'boolean',
  writableNeedsDrain: 'boolean',
  writeBufferLength: 'number',
  readBufferLength: 'number',
};

/** Counts the bytes of the sockets. */
export interface SocketMeter {
  received(bytes: number): void;
  sent(bytes: number): void;
}

/** Noise: two bytes of length before each message, the longest message, and the tag at its end. */
const LENGTH_BYTES = 2;
const TAG_BYTES = 16;
const MAX_PLAINTEXT = 65_535 - TAG_BYTES;

/** A piece of a message that is not whole yet is copied up to this size, so that it does not hold on to a large read. */
const COPIED_REST = 4096;

/**
 * The short way between the socket and the plaintext of one Noise connection.
 *
 * In: messages are found by their length, decrypted where they lie, and handed to the muxer at once. Out: what is sent in
 * one turn of the event loop is encrypted as one message and written once. The library's own way is taken whenever
 * something is buffered, paused or closing, so that order, backpressure and endings stay as they are.
 */
export class SecureChannel {
  readonly #raw: RawConnection;
  readonly #noise: NoiseConnection;
  readonly #meter: SocketMeter;
  readonly #sendBuffered: (data: Uint8Array | Uint8ArrayList) => boolean;
  #rest: Uint8Array | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Takes the plaintext; without it the plaintext goes the library's way, as an event. */
  deliver: ((plaintext: Uint8Array) => void) | undefined;
  /** Told when all that one read brought has been delivered. */
  delivered: (() => void) | undefined;

  constructor(raw: RawConnection, noise: NoiseConnection, meter: SocketMeter) {
    this.#raw = raw;
    this.#noise = noise;
    this.#meter = meter;
    this.#sendBuffered = noise.send.bind(noise);
    const receiveBuffered = raw.onData.bind(raw);
    const close = raw.close.bind(raw);
    noise.decoder = { decode: (data) => this.#messages(data instanceof Uint8Array ? data : data.subarray()) };
    noise.send = (data) => this.send(data);
    raw.onData = (data) => {
      if (raw.readStatus !== 'readable' || raw.readBufferLength > 0) receiveBuffered(data);
      else this.#receive(data);
    };
    raw.close = (options?: AbortOptions) => {
      this.flush();
      return close(options);
    };
  }

  /** Sends at the end of this turn. False: nothing more, please, before the next `drain`. */
  send(data: Uint8Array | Uint8ArrayList): boolean {
    if (!this.#isClear || data.byteLength > MAX_PLAINTEXT) {
      this.flush();
      return this.#sendBuffered(data);
    }
    if (data instanceof Uint8Array) this.#append(data);
    else for (const piece of data) this.#append(piece);
    return !this.#noise.writableNeedsDrain;
  }

  /** Sends what has been gathered, now. */
  flush(): void {
    if (this.#pendingBytes === 0) return;
    const plaintext = gathered(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    // Nobody is there to be told: whoever sent has seen, or will see, the connection end.
    if (this.#raw.status !== 'open' || this.#noise.status !== 'open') return;
    try {
      if (this.#isClear) this.#write(plaintext);
      else this.#sendBuffered(plaintext);
    } catch (error) {
      this.#noise.abort(error as Error);
    }
  }

  get #isClear(): boolean {
    const noise = this.#noise;
    return (
      noise.writeStatus === 'writable' &&
      !noise.writableNeedsDrain &&
      !noise.sendingData &&
      noise.writeBufferLength === 0
    );
  }

  #append(piece: Uint8Array): void {
    if (this.#pendingBytes + piece.byteLength > MAX_PLAINTEXT) this.flush();
    if (this.#pendingBytes === 0) afterThisTurn(this);
    this.#pending.push(piece);
    this.#pendingBytes += piece.byteLength;
  }

  #write(plaintext: Uint8Array): void {
    const raw = this.#raw;
    const ciphertext = this.#noise.handshake.encrypt(plaintext);
    const message = Buffer.allocUnsafe(LENGTH_BYTES + ciphertext.byteLength);
    message[0] = ciphertext.byteLength >>> 8;
    message[1] = ciphertext.byteLength;
    message.set(ciphertext, LENGTH_BYTES);
    if (raw.writeStatus !== 'writable' || raw.writableNeedsDrain || raw.sendingData || raw.writeBufferLength > 0) {
      this.#noise.writableNeedsDrain = !raw.send(message);
      return;
    }
    this.#meter.sent(message.byteLength);
    const { canSendMore } = raw.sendData([message]);
    if (canSendMore) return;
    raw.writableNeedsDrain = true;
    this.#noise.writableNeedsDrain = true;
  }

  #receive(data: Uint8Array): void {
    this.#meter.received(data.byteLength);
    const noise = this.#noise;
    try {
      for (const message of this.#messages(data)) {
        if (message.byteLength < TAG_BYTES) throw new Error('Noise message without a tag');
        const plaintext = noise.handshake.decrypt(message, message.subarray(0, message.byteLength - TAG_BYTES));
        const { deliver } = this;
        if (deliver === undefined || noise.readStatus !== 'readable' || noise.readBufferLength > 0) {
          noise.onData(plaintext);
        } else if (plaintext.byteLength > 0) deliver(plaintext);
      }
      this.delivered?.();
    } catch (error) {
      noise.abort(error as Error);
    }
  }

  /** The messages that are whole, without their length; what is left waits for the rest of it. */
  #messages(data: Uint8Array): Uint8Array[] {
    const bytes = this.#rest === undefined ? data : Buffer.concat([this.#rest, data]);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (bytes.byteLength - at >= LENGTH_BYTES) {
      const end = at + LENGTH_BYTES + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
      if (end > bytes.byteLength) break;
      if (end > at + LENGTH_BYTES) messages.push(view(bytes, at + LENGTH_BYTES, end));
      at = end;
    }
    this.#rest = at === bytes.byteLength ? undefined : rest(bytes, at);
    return messages;
  }
}

function gathered(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

function view(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

function rest(bytes: Uint8Array, from: number): Uint8Array {
  const left = view(bytes, from, bytes.byteLength);
  return left.byteLength <= COPIED_REST ? left.slice() : left;
}
