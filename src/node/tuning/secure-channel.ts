import { Buffer } from 'node:buffer';
import type { AbortOptions } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import { type Layer, layOver } from '../layer.ts';
import { NoiseMessages } from './noise-messages.ts';
import type { NoiseConnection, RawConnection } from './noise-parts.ts';
import { afterThisTurn } from './turn.ts';

/** Counts the bytes of all sockets. */
export interface SocketCounts {
  receivedBytes: number;
  sentBytes: number;
}

/** The tag at the end of each Noise message, and the longest plaintext that leaves room for it. */
const TAG_BYTES = 16;
const MAX_PLAINTEXT = 65_535 - TAG_BYTES;
const LENGTH_BYTES = 2;

/** Where a connection has its channel. */
const CHANNEL = Symbol('secure channel');
type OfChannel<T> = T & { [CHANNEL]: SecureChannel };

/**
 * The short way between the socket and the plaintext of a Noise connection.
 *
 * In: messages are decrypted where they lie and handed to the muxer without an event. Out: what is sent in one turn of
 * the event loop is encrypted as one message and written once. While anything is buffered, paused or closing the
 * library's own way is taken, so that order, backpressure and endings stay what they are.
 */
export class SecureChannel {
  readonly #raw: RawConnection;
  readonly #noise: NoiseConnection;
  readonly #counts: SocketCounts;
  readonly #sendBuffered: NoiseConnection['send'];
  readonly #messages: NoiseMessages;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #receiving = false;
  /** Takes plaintext; without it plaintext goes the library's way, as an event. */
  deliver: ((plaintext: Uint8Array) => void) | undefined;
  /** Told when all that one read brought has been delivered; true when the answer to it is still to come. */
  delivered: (() => boolean) | undefined;

  private constructor(raw: RawConnection, noise: NoiseConnection, counts: SocketCounts) {
    this.#raw = raw;
    this.#noise = noise;
    this.#counts = counts;
    this.#sendBuffered = noise.send;
    // What came in one packet with the end of the handshake has been read already, and may end within a message.
    this.#messages = new NoiseMessages(noise.decoder.buffer?.slice());
    noise.decoder = this.#messages;
  }

  /** Lays a channel over a connection whose handshake is done and which nobody listens to yet. */
  static over(raw: RawConnection, noise: NoiseConnection, counts: SocketCounts): void {
    const channel = new SecureChannel(raw, noise, counts);
    Object.assign(raw, { [CHANNEL]: channel });
    Object.assign(noise, { [CHANNEL]: channel });
    layOver(raw as OfChannel<RawConnection>, OVER_RAW, 'onData');
    layOver(noise as OfChannel<NoiseConnection>, OVER_NOISE, 'send');
  }

  /** The channel laid over this connection, if there is one. */
  static of(noise: object): SecureChannel | undefined {
    return (noise as Partial<OfChannel<object>>)[CHANNEL];
  }

  /** Sends at the end of this turn. False: nothing more, please, before the next `drain`. */
  send(data: Uint8Array | Uint8ArrayList): boolean {
    if (!this.#isClear || data.byteLength > MAX_PLAINTEXT) {
      this.flush();
      return this.#sendBuffered.call(this.#noise, data);
    }
    if (data instanceof Uint8Array) this.#append(data);
    else for (const piece of data) this.#append(piece);
    return !this.#noise.writableNeedsDrain;
  }

  /** Sends what has been gathered, now. */
  flush(): void {
    if (this.#pendingBytes === 0) return;
    const plaintext = joined(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    // The connection is gone, as whoever sent has seen or will see.
    if (this.#raw.status !== 'open' || this.#noise.status !== 'open') return;
    try {
      if (this.#isClear) this.#write(plaintext);
      else this.#sendBuffered.call(this.#noise, plaintext);
    } catch (error) {
      this.#noise.abort(error as Error);
    }
  }

  /** Takes in what the socket read. */
  receive(data: Uint8Array): void {
    this.#counts.receivedBytes += data.byteLength;
    const noise = this.#noise;
    this.#receiving = true;
    try {
      for (const message of this.#messages.decode(data)) {
        if (message.byteLength < TAG_BYTES) throw new Error('Noise message without a tag');
        const plaintext = noise.handshake.decrypt(message, message.subarray(0, message.byteLength - TAG_BYTES));
        this.#hand(plaintext instanceof Uint8Array ? plaintext : plaintext.subarray());
      }
      this.#answer(this.delivered?.() === true);
    } catch (error) {
      noise.abort(error as Error);
    } finally {
      this.#receiving = false;
    }
  }

  /** Sends at once what was answered on the spot; when more of an answer is coming, with that. */
  #answer(moreIsComing: boolean): void {
    if (!moreIsComing) this.flush();
    else if (this.#pendingBytes > 0) afterThisTurn(this);
  }

  #hand(plaintext: Uint8Array): void {
    const noise = this.#noise;
    if (this.deliver === undefined || noise.readStatus !== 'readable' || noise.readBufferLength > 0) {
      noise.onData(plaintext);
    } else if (plaintext.byteLength > 0) this.deliver(plaintext);
  }

  get #isClear(): boolean {
    return isClear(this.#noise);
  }

  #append(piece: Uint8Array): void {
    if (this.#pendingBytes + piece.byteLength > MAX_PLAINTEXT) this.flush();
    if (this.#pendingBytes === 0 && !this.#receiving) afterThisTurn(this);
    this.#pending.push(piece);
    this.#pendingBytes += piece.byteLength;
  }

  #write(plaintext: Uint8Array): void {
    const raw = this.#raw;
    const noise = this.#noise;
    const ciphertext = noise.handshake.encrypt(plaintext).subarray();
    const message = Buffer.allocUnsafe(LENGTH_BYTES + ciphertext.byteLength);
    message.writeUInt16BE(ciphertext.byteLength);
    message.set(ciphertext, LENGTH_BYTES);
    if (!isClear(raw)) {
      if (!raw.send(message)) noise.writableNeedsDrain = true;
      return;
    }
    this.#counts.sentBytes += message.byteLength;
    if (raw.sendData([message]).canSendMore) return;
    raw.writableNeedsDrain = true;
    noise.writableNeedsDrain = true;
  }
}

const OVER_RAW: Layer<OfChannel<RawConnection>> = ({ onData, close }) => ({
  onData(data) {
    if (this.readStatus !== 'readable' || this.readBufferLength > 0) onData.call(this, data);
    else this[CHANNEL].receive(data);
  },
  close(options?: AbortOptions) {
    this[CHANNEL].flush();
    return close.call(this, options);
  },
});

const OVER_NOISE: Layer<OfChannel<NoiseConnection>> = () => ({
  send(data) {
    return this[CHANNEL].send(data);
  },
});

/** Whether what is written now goes straight through. */
function isClear(stream: RawConnection | NoiseConnection): boolean {
  return (
    stream.writeStatus === 'writable' &&
    !stream.writableNeedsDrain &&
    !stream.sendingData &&
    stream.writeBufferLength === 0
  );
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, bytes);
}
