import { Buffer } from 'node:buffer';
import type { Uint8ArrayList } from 'uint8arraylist';

/** Each message comes after its length. */
const LENGTH_BYTES = 2;

/** The start of a message is copied up to this size, so that it does not hold on to a whole read of 64 KiB. */
const COPIED_BYTES = 4096;

/**
 * Finds the messages of Noise in what a socket read.
 *
 * It stands in for `LengthPrefixedDecoder`, which learns that nothing is left by an exception, at the end of every read,
 * and builds it with its stack each time. A message is at most 65,535 bytes, so that is the most that waits here.
 */
export class NoiseMessages {
  /** The start of a message whose end has not come yet. */
  #start: Uint8Array | undefined;

  /** @param start what came before and is not a whole message yet */
  constructor(start?: Uint8Array) {
    this.#start = start;
  }

  /** The messages that are whole now, without their lengths; empty ones are left out. */
  decode(data: Uint8Array | Uint8ArrayList): Uint8Array[] {
    const bytes = this.#start === undefined ? data.subarray() : Buffer.concat([this.#start, data.subarray()]);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (bytes.byteLength - at >= LENGTH_BYTES) {
      const from = at + LENGTH_BYTES;
      const to = from + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
      if (to > bytes.byteLength) break;
      if (to > from) messages.push(view(bytes, from, to));
      at = to;
    }
    this.#start = at === bytes.byteLength ? undefined : kept(view(bytes, at, bytes.byteLength));
    return messages;
  }
}

/** A plain view: `subarray` of a Buffer makes another, slower, Buffer. */
function view(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

function kept(start: Uint8Array): Uint8Array {
  return start.byteLength <= COPIED_BYTES ? start.slice() : start;
}
