import { Buffer } from 'node:buffer';

/** https://github.com/multiformats/multistream-select: a varint length, the text, a line feed. */
const HEADER = line('/multistream/1.0.0');

/** What the first bytes of a stream ask for, and how long that is. */
export interface Proposal {
  readonly protocol: string;
  readonly bytes: number;
  /** What accepts it. */
  readonly answer: Uint8Array;
}

/**
 * Reads a protocol negotiation that is whole in the first bytes of a stream; undefined when it is not, or is not one.
 */
export function proposal(data: Uint8Array): Proposal | undefined {
  if (data.byteLength <= HEADER.byteLength || HEADER.compare(data, 0, HEADER.byteLength) !== 0) return undefined;
  const length = data[HEADER.byteLength] ?? 0;
  const from = HEADER.byteLength + 1;
  const bytes = from + length;
  // A length above 127 takes more than one byte; no protocol of ours has so long a name.
  if (length < 2 || length > 127 || bytes > data.byteLength || data[bytes - 1] !== 0x0a) return undefined;
  const protocol = Buffer.from(data.buffer, data.byteOffset + from, length - 1).toString('utf8');
  return { protocol, bytes, answer: data.slice(0, bytes) };
}

function line(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)]);
}
