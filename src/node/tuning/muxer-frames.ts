import { type MessageStream, StreamMessageEvent } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { type Layer, layOver } from '../layer.ts';
import type { SecureChannel } from './secure-channel.ts';
import type { Opening } from './stream-opening.ts';
import { FRAME, type FrameHeader, HEADER_BYTES, type YamuxMuxer, type YamuxStream } from './yamux-parts.ts';

/** Marks streams that `OVER_STREAM` is laid over. */
const SHORT = Symbol('short');
type ShortStream = YamuxStream & { readonly [SHORT]?: true };

export interface ShortWayInit {
  readonly muxer: YamuxMuxer;
  /** The connection the muxer is on. */
  readonly noise: MessageStream;
  readonly channel: SecureChannel;
  /** Accepts protocols of new streams. @default libp2p does */
  readonly opening: Opening | undefined;
}

/** Where a muxer has what belongs to its short way. */
const WAY = Symbol('short way');
type OfWay = YamuxMuxer & { [WAY]: ShortWay };

/**
 * The short way between the plaintext of a connection and the streams of its Yamux muxer: frames are read where they lie
 * and written to the channel in one piece, and no text is put together for a log nobody reads.
 *
 * Whatever is not a whole frame for a stream (control frames, parts, errors) is left to the library.
 */
export class ShortWay {
  readonly #muxer: YamuxMuxer;
  readonly #noise: MessageStream;
  readonly #channel: SecureChannel;
  readonly #opening: Opening | undefined;

  private constructor(init: ShortWayInit) {
    this.#muxer = init.muxer;
    this.#noise = init.noise;
    this.#channel = init.channel;
    this.#opening = init.opening;
  }

  /** Lays a short way over a muxer that has no streams yet. */
  static over(init: ShortWayInit): void {
    const { muxer, channel, opening } = init;
    const way = new ShortWay(init);
    channel.deliver = (plaintext) => way.#receive(plaintext);
    if (opening !== undefined) channel.delivered = () => opening.endOfRead();
    Object.assign(muxer, { [WAY]: way });
    layOver(muxer as OfWay, OVER_MUXER, 'sendFrame');
  }

  /** Sends one frame; false when the streams have to wait for a `drain`. */
  send(header: FrameHeader, data: Uint8Array | Uint8ArrayList | undefined): boolean {
    let more = this.#channel.send(encoded(header));
    if (data !== undefined) more = this.#channel.send(data);
    if (!more) for (const stream of this.#muxer.streams) stream.onMuxerNeedsDrain();
    return more;
  }

  /** Says that the remote has opened a stream, at once or when it is known what for. */
  opened(stream: YamuxStream): boolean {
    return this.#opening?.hold(stream) ?? false;
  }

  #receive(bytes: Uint8Array): void {
    this.#opening?.begin();
    try {
      let at = 0;
      while (at < bytes.byteLength) {
        const taken = this.#muxer.decoder.buffer.byteLength > 0 ? 0 : this.#receiveFrame(bytes, at);
        if (taken === 0) {
          this.#muxer.onData(bytes.subarray(at));
          break;
        }
        at += taken;
      }
    } catch (error) {
      this.#muxer.abort(error as Error);
      this.#noise.abort(error as Error);
    } finally {
      this.#opening?.end();
    }
  }

  /** Takes in one whole frame for a stream, and returns its length; 0 when what comes next is anything else. */
  #receiveFrame(bytes: Uint8Array, at: number): number {
    const from = at + HEADER_BYTES;
    if (from > bytes.byteLength || bytes[at] !== 0) return 0;
    const type = bytes[at + 1] ?? 0;
    const streamID = uint32(bytes, at + 4);
    const length = uint32(bytes, at + 8);
    const to = type === FRAME.data ? from + length : from;
    if (type > FRAME.windowUpdate || streamID === 0 || to > bytes.byteLength) return 0;
    const header = { type, flag: uint16(bytes, at + 2), streamID, length };
    if (type === FRAME.data) this.#receiveData(header, bytes.subarray(from, to));
    else this.#muxer.handleStreamMessage({ header });
    return to - at;
  }

  #receiveData(header: FrameHeader, data: Uint8Array): void {
    const stream = header.flag === 0 ? streamOf(this.#muxer, header.streamID) : undefined;
    if (stream?.[SHORT] !== true || stream.recvWindowCapacity < header.length) {
      this.#muxer.handleStreamMessage({ header, data: new Uint8ArrayList(data) });
      return;
    }
    stream.recvWindowCapacity -= header.length;
    stream.onData(this.#opening?.firstData(stream, data) ?? data);
    stream.sendWindowUpdate();
  }
}

const OVER_MUXER: Layer<OfWay> = ({ safeDispatchEvent }) => ({
  sendFrame(header, data) {
    return this[WAY].send(header, data);
  },
  safeDispatchEvent(type, init) {
    if (type === 'stream' && this[WAY].opened(init?.detail as YamuxStream)) return true;
    return safeDispatchEvent.call(this, type, init);
  },
});

/** Straight through a stream while nothing is buffered in it; else the library's way. */
export const OVER_STREAM: Layer<ShortStream> = ({ send, onData }) => ({
  [SHORT]: true,
  send(data) {
    const length = data.byteLength;
    const isClear =
      this.writeStatus === 'writable' &&
      !this.writableNeedsDrain &&
      !this.sendingData &&
      this.writeBufferLength === 0 &&
      length > 0 &&
      length <= this.maxMessageSize &&
      length <= this.sendWindowCapacity;
    if (!isClear) return send.call(this, data);
    const header = { type: FRAME.data, flag: this.getSendFlags(), streamID: this.streamId, length };
    this.sendWindowCapacity -= length;
    const more = this.sendFrame(header, data);
    if (!more) this.writableNeedsDrain = true;
    return more;
  },
  onData(data) {
    const isClear =
      this.readStatus === 'readable' &&
      this.readBufferLength === 0 &&
      this.remoteWriteStatus !== 'closed' &&
      data.byteLength > 0 &&
      this.listenerCount('message') > 0;
    if (!isClear) onData.call(this, data);
    else this.dispatchEvent(new StreamMessageEvent(data instanceof Uint8Array ? new Uint8ArrayList(data) : data));
  },
});

function streamOf(muxer: YamuxMuxer, streamID: number): ShortStream | undefined {
  for (const stream of muxer.streams) if (stream.streamId === streamID) return stream;
  return undefined;
}

function encoded({ type, flag, streamID, length }: FrameHeader): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[1] = type;
  header[2] = flag >>> 8;
  header[3] = flag;
  writeUint32(header, 4, streamID);
  writeUint32(header, 8, length);
  return header;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2);
}
