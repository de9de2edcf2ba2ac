import type { Stream, StreamMuxer } from '@libp2p/interface';
import type { Uint8ArrayList } from 'uint8arraylist';
import type { Shape } from './shape.ts';

/** https://github.com/hashicorp/yamux/blob/master/spec.md */
export const HEADER_BYTES = 12;
export const FRAME = { data: 0, windowUpdate: 1 } as const;

/** The states of the library's stream this code has to know. */
export const STREAM_STATE = { init: 0, synReceived: 2, paused: 5 } as const;

export interface FrameHeader {
  readonly type: number;
  readonly flag: number;
  readonly streamID: number;
  readonly length: number;
}

/** A stream of `@libp2p/yamux`. */
export interface YamuxStream extends Stream {
  readonly streamId: number;
  readonly state: number;
  readonly recvWindow: number;
  readonly maxMessageSize: number;
  readonly sendingData: boolean;
  recvWindowCapacity: number;
  sendWindowCapacity: number;
  writableNeedsDrain: boolean;
  getSendFlags(): number;
  sendWindowUpdate(): void;
  sendFrame(header: FrameHeader, data?: Uint8Array | Uint8ArrayList): boolean;
  onData(data: Uint8Array | Uint8ArrayList): void;
  onMuxerNeedsDrain(): void;
  listenerCount(type: string): number;
}

export const YAMUX_STREAM: Shape = {
  streamId: 'number',
  state: 'number',
  recvWindow: 'number',
  maxMessageSize: 'number',
  sendingData: 'boolean',
  recvWindowCapacity: 'number',
  sendWindowCapacity: 'number',
  writableNeedsDrain: 'boolean',
  getSendFlags: 'function',
  sendWindowUpdate: 'function',
  sendFrame: 'function',
  onData: 'function',
  onMuxerNeedsDrain: 'function',
  listenerCount: 'function',
};

/** A muxer of `@libp2p/yamux`. */
export interface YamuxMuxer extends StreamMuxer {
  readonly streams: YamuxStream[];
  readonly decoder: { readonly buffer: Uint8ArrayList };
  onData(data: Uint8Array | Uint8ArrayList): void;
  sendFrame(header: FrameHeader, data?: Uint8Array | Uint8ArrayList): boolean;
  handleStreamMessage(frame: { readonly header: FrameHeader; readonly data?: Uint8ArrayList }): void;
  _newStream(id: number, state: number, direction: string): YamuxStream;
  safeDispatchEvent(type: string, init?: { readonly detail: unknown }): boolean;
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
