import { Buffer } from 'node:buffer';
import type { YamuxStream } from './yamux-parts.ts';

/** https://github.com/multiformats/multistream-select: the length as a varint, the text, a line feed. */
const HEADER = Buffer.from('\x13/multistream/1.0.0\n');
const LINE_FEED = 0x0a;

/** What the first bytes of a stream ask for. */
export interface Proposal {
  readonly protocol: string;
  /** The bytes of the proposal; the same bytes accept it. */
  readonly bytes: Uint8Array;
}

/** Reads a proposal that is whole in the first bytes of a stream; undefined when it is not, or is none. */
export function proposal(data: Uint8Array): Proposal | undefined {
  const from = HEADER.byteLength + 1;
  if (data.byteLength < from || HEADER.compare(data, 0, HEADER.byteLength) !== 0) return undefined;
  const length = data[HEADER.byteLength] ?? 0;
  const to = from + length;
  // A length above 127 is a varint of two bytes: nobody here has a protocol of so long a name.
  if (length < 2 || length > 127 || to > data.byteLength || data[to - 1] !== LINE_FEED) return undefined;
  const protocol = Buffer.from(data.buffer, data.byteOffset + from, length - 1).toString();
  return { protocol, bytes: data.slice(0, to) };
}

/**
 * Accepts the protocol of a new stream from its first data, before libp2p is told of the stream: it then takes the
 * protocol as negotiated, and is spared a negotiation in five steps, each with a promise.
 *
 * Only a stream whose opening and whole proposal come in one read is held back, and only until the end of that read.
 */
export class Opening {
  readonly #protocols: () => readonly string[];
  readonly #announce: (stream: YamuxStream) => void;
  #reading = false;
  #held: YamuxStream | undefined;
  #hasOpened = false;

  /** @param protocols what this node speaks @param announce tells libp2p of a stream */
  constructor(protocols: () => readonly string[], announce: (stream: YamuxStream) => void) {
    this.#protocols = protocols;
    this.#announce = announce;
  }

  begin(): void {
    this.#reading = true;
  }

  end(): void {
    this.#reading = false;
  }

  /** Takes a stream that has just been opened; false when nothing is being read. */
  hold(stream: YamuxStream): boolean {
    if (!this.#reading) return false;
    this.announce();
    this.#held = stream;
    this.#hasOpened = true;
    return true;
  }

  /** No more of the read is coming. True when it has opened a stream, whose handler is yet to run. */
  endOfRead(): boolean {
    this.announce();
    const hasOpened = this.#hasOpened;
    this.#hasOpened = false;
    return hasOpened;
  }

  /** Tells libp2p of the stream that is held back, if there is one. */
  announce(): void {
    const stream = this.#held;
    this.#held = undefined;
    if (stream !== undefined) this.#announce(stream);
  }

  /** Reads the first data of a held stream, and returns what is left of it when the protocol is accepted. */
  firstData(stream: YamuxStream, data: Uint8Array): Uint8Array {
    if (stream !== this.#held) return data;
    const asked = stream.readBufferLength === 0 ? proposal(data) : undefined;
    const accepted = asked !== undefined && this.#protocols().includes(asked.protocol);
    if (accepted) {
      stream.protocol = asked.protocol;
      stream.send(asked.bytes);
    }
    this.announce();
    return accepted ? data.subarray(asked.bytes.byteLength) : data;
  }
}
