import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** Below this a body fits into one packet anyway. */
const WORTHWHILE_BYTES = 1024;

const compress = promisify(gzip);

/** A body ready to be sent, and how it was coded. */
export interface CodedBody {
  readonly bytes: Uint8Array;
  readonly encoding?: 'gzip';
}

/** Compresses a body over 1 KiB for a client that takes gzip, off the event loop. */
export async function codeBody(body: string | Uint8Array, request: IncomingMessage): Promise<CodedBody> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.byteLength <= WORTHWHILE_BYTES || !acceptsGzip(request.headers['accept-encoding'])) return { bytes };
  // The fastest level: 0.2 ms for an exposition of 69 kB, where the default takes 0.6 ms and saves another 7 %.
  return { bytes: await compress(bytes, { level: constants.Z_BEST_SPEED }), encoding: 'gzip' };
}

/** Whether an Accept-Encoding header takes gzip; `gzip` by name goes before `*` (RFC 9110, 12.5.3). */
export function acceptsGzip(header: string | undefined): boolean {
  let anything = false;
  for (const item of (header ?? '').toLowerCase().split(',')) {
    const [coding, ...parameters] = item.split(';').map((part) => part.trim());
    const wanted = !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return wanted;
    if (coding === '*') anything = wanted;
  }
  return anything;
}
