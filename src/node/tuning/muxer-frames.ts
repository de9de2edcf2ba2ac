import type { MessageStream, Stream, StreamMuxer } from '@libp2p/interface';
import { StreamMessageEvent } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import type { Shape } from './guard.ts';
import { proposal } from './negotiation.ts';
import type { SecureChannel } from './secure-channel.ts';

interface FrameHeader {
  readonly type: number;
  readonly flag: number;
  readonly streamID: number;
  readonly length: number;
}

/** A Yamux stream, with the parts that package keeps to itself. */
export interface YamuxStream extends Stream {
  readonly streamId: number;
  state: number;
  sendWindowCapacity: number;
  recvWindow: number;
  recvWindowCapacity: number;
  maxMessageSize: number;
  sendingData: boolean;
  writableNeedsDrain: boolean;
  getSendFlags(): number;
  sendWindowUpdate(): void;
  sendFrame(header: FrameHeader, data?: Uint8Array | Uint8ArrayList): boolean;
  onData(data: Uint8Array | Uint8ArrayList): void;
  onMuxerNeedsDrain(): void;
  listenerCount(type: string): number;
}

/** A Yamux muxer, with the parts that package keeps to itself. */
export interface YamuxMuxer extends StreamMuxer {
  readonly streams: YamuxStream[];
  readonly decoder: { readonly buffer: Uint8ArrayList };
  onData(data: Uint8Array | Uint8ArrayList): void;
  sendFrame(header: FrameHeader, data?: Uint8Array | Uint8ArrayList): boolean;
  handleStreamMessage(frame: { header: FrameHeader; data?: Uint8ArrayList }): void;
  _newStream(id: number, state: number, direction: string): YamuxStream;
  safeDispatchEvent(type: string, init?: { detail: unknown }): boolean;
}

export const YAMUX_MUXER: Shape = {
  streams: 'object',
  decoder: 'object',
  onData: 'function',
  sendFrame: 'function',
  handleStreamMessage: 'function',
  _newStream: 'function',
  safeDispatchEvent: 'function',
};

export const YAMUX_STREAM: Shape = {
  streamId: 'number',
  state: 'number',
  sendWindowCapacity: 'number',
  recvWindow: 'number',
  recvWindowCapacity: 'number',
  maxMessageSize: 'number',
  getSendFlags: 'function',
  sendWindowUpdate: 'function',
  onData: 'function',
  onMuxerNeedsDrain: 'function',
  listenerCount: 'function',
};

/** https://github.com/hashicorp/yamux/blob/master/spec.md */
const HEADER_BYTES = 12;
const DATA = 0;
/** The states of the library's stream in which a frame of ours carries a flag, and the one in which it is paused. */
const INIT = 0;
const SYN_RECEIVED = 2;
const PAUSED = 5;

export function tuneMuxer(
  muxer: YamuxMuxer,
  noise: MessageStream,
  channel: SecureChannel,
  protocols: () => readonly string[],
): void {
  const announce = muxer.safeDispatchEvent.bind(muxer);
  /** A stream opened by the frames that are being read: it is announced when its first data is, or at their end. */
  let opening: YamuxStream | undefined;
  const settle = (): void => {
    const stream = opening;
    opening = undefined;
    if (stream !== undefined) announce('stream', { detail: stream });
  };
  let reading = false;
  muxer.safeDispatchEvent = (type, init) => {
    if (type !== 'stream' || !reading) return announce(type, init);
    settle();
    opening = init?.detail as YamuxStream;
    return true;
  };
  const newStream = muxer._newStream;
  muxer._newStream = (id, state, direction) => {
    const stream = newStream.call(muxer, id, state, direction);
    tuneStream(stream);
    return stream;
  };
  muxer.sendFrame = (header, data) => {
    const more = data === undefined ? channel.send(encoded(header)) : sendBoth(channel, encoded(header), data);
    if (!more) for (const stream of muxer.streams) stream.onMuxerNeedsDrain();
    return more;
  };
  channel.deliver = (bytes) => {
    reading = true;
    try {
      receive(muxer, bytes, (stream, data) => {
        if (stream !== opening) return data;
        const rest = negotiated(stream, data, protocols);
        settle();
        return rest;
      });
    } catch (error) {
      muxer.abort(error as Error);
      noise.abort(error as Error);
    } finally {
      reading = false;
    }
  };
  channel.delivered = settle;
}

/** Accepts a protocol that the first data of a stream asks for, and returns what is left of the data. */
function negotiated(stream: YamuxStream, data: Uint8Array, protocols: () => readonly string[]): Uint8Array {
  const asked = proposal(data);
  if (asked === undefined || !protocols().includes(asked.protocol)) return data;
  stream.protocol = asked.protocol;
  stream.send(asked.answer);
  return data.subarray(asked.bytes);
}

function sendBoth(channel: SecureChannel, header: Uint8Array, data: Uint8Array | Uint8ArrayList): boolean {
  channel.send(header);
  return channel.send(data);
}

type FirstData = (stream: YamuxStream, data: Uint8Array) => Uint8Array;

function receive(muxer: YamuxMuxer, bytes: Uint8Array, onData: FirstData): void {
  let at = 0;
  while (at < bytes.byteLength) {
    const taken = muxer.decoder.buffer.byteLength > 0 ? 0 : receiveFrame(muxer, bytes, at, onData);
    if (taken === 0) {
      muxer.onData(bytes.subarray(at));
      return;
    }
    at += taken;
  }
}

/** Takes in one whole frame of stream data; 0 when the next one is anything else. */
function receiveFrame(muxer: YamuxMuxer, bytes: Uint8Array, at: number, onData: FirstData): number {
  if (bytes.byteLength - at < HEADER_BYTES || bytes[at] !== 0) return 0;
  const type = bytes[at + 1] ?? 0;
  const flag = uint16(bytes, at + 2);
  const streamID = uint32(bytes, at + 4);
  const length = uint32(bytes, at + 8);
  const from = at + HEADER_BYTES;
  const to = type === DATA ? from + length : from;
  if (type > 1 || streamID === 0 || to > bytes.byteLength) return 0;
  const header = { type, flag, streamID, length };
  if (type !== DATA) muxer.handleStreamMessage({ header });
  else {
    const data = bytes.subarray(from, to);
    const stream = flag === 0 ? streamOf(muxer, streamID) : undefined;
    if (stream !== undefined && stream.recvWindowCapacity >= length) {
      stream.recvWindowCapacity -= length;
      stream.onData(onData(stream, data));
      stream.sendWindowUpdate();
    } else muxer.handleStreamMessage({ header, data: new Uint8ArrayList(data) });
  }
  return to - at;
}

function streamOf(muxer: YamuxMuxer, streamID: number): YamuxStream | undefined {
  for (const stream of muxer.streams) if (stream.streamId === streamID) return stream;
  return undefined;
}

function tuneStream(stream: YamuxStream): void {
  const { sendWindowUpdate, onData, send } = stream;
  stream.sendWindowUpdate = () => {
    const needed =
      stream.state === INIT ||
      stream.state === SYN_RECEIVED ||
      stream.state === PAUSED ||
      stream.recvWindowCapacity * 2 <= stream.recvWindow;
    if (needed) sendWindowUpdate.call(stream);
  };
  stream.onData = (data) => {
    if (
      stream.readStatus === 'readable' &&
      stream.readBufferLength === 0 &&
      stream.remoteWriteStatus !== 'closed' &&
      data.byteLength > 0 &&
      stream.listenerCount('message') > 0
    ) {
      stream.dispatchEvent(new StreamMessageEvent(data instanceof Uint8Array ? new Uint8ArrayList(data) : data));
    } else onData.call(stream, data);
  };
  stream.send = (data) => {
    const length = data.byteLength;
    if (
      stream.writeStatus !== 'writable' ||
      stream.writableNeedsDrain ||
      stream.sendingData ||
      stream.writeBufferLength > 0 ||
      length > stream.maxMessageSize ||
      length > stream.sendWindowCapacity ||
      length === 0
    ) {
      return send.call(stream, data);
    }
    const more = stream.sendFrame({ type: DATA, flag: stream.getSendFlags(), streamID: stream.streamId, length }, data);
    stream.sendWindowCapacity -= length;
    if (!more) stream.writableNeedsDrain = true;
    return more;
  };
}

function encoded({ type, flag, streamID, length }: FrameHeader): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[1] = type;
  header[2] = flag >>> 8;
  header[3] = flag;
  header[4] = streamID >>> 24;
  header[5] = streamID >>> 16;
  header[6] = streamID >>> 8;
  header[7] = streamID;
  header[8] = length >>> 24;
  header[9] = length >>> 16;
  header[10] = length >>> 8;
  header[11] = length;
  return header;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2);
}
