import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';

export const ECHO = '/test/echo/1.0.0';
export const SINK = '/test/sink/1.0.0';

/** Sends back what comes, no faster than it can be sent, and closes when the remote has. */
export async function handleEcho(node: Libp2p): Promise<void> {
  await node.handle(
    ECHO,
    (stream) => {
      stream.addEventListener('message', ({ data }) => {
        if (!stream.send(data)) stream.pause();
      });
      stream.addEventListener('drain', () => {
        if (stream.readStatus === 'paused') stream.resume();
      });
      stream.addEventListener('end', () => {
        stream.close().catch((error) => stream.abort(error));
      });
    },
    { maxInboundStreams: 256, maxOutboundStreams: 256 },
  );
}

/** How often a writer was told to wait, and was then told to go on. */
export interface Waits {
  refused: number;
  drained: number;
}

/** Sends all of it in pieces, waiting whenever it is told to; throws when the stream ends before. */
export async function sendAll(stream: Stream, bytes: Uint8Array, pieceBytes = 64 * 1024): Promise<Waits> {
  const waits = { refused: 0, drained: 0 };
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
    if (stream.send(bytes.subarray(at, at + pieceBytes))) continue;
    waits.refused++;
    await drained(stream);
    waits.drained++;
  }
  return waits;
}

/** Not `onDrain()`: once it has been waited for, it waits no more. */
function drained(stream: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = ({ type }: Event): void => {
      stream.removeEventListener('drain', settle);
      stream.removeEventListener('close', settle);
      if (type === 'drain') resolve();
      else reject(new Error(`the stream is ${stream.status}`));
    };
    stream.addEventListener('drain', settle);
    stream.addEventListener('close', settle);
  });
}

/** What a stream has brought; `slow` has it read in bursts, with pauses. */
export class Received {
  readonly #hash = createHash('sha256');
  bytes = 0;
  paused = 0;
  /** Most that lay unread in the stream. */
  mostBuffered = 0;

  constructor(stream: Stream, slow = false) {
    stream.addEventListener('message', ({ data }) => {
      for (const piece of data instanceof Uint8Array ? [data] : data) this.#hash.update(piece);
      this.bytes += data.byteLength;
      this.mostBuffered = Math.max(this.mostBuffered, stream.readBufferLength);
      if (!slow || this.bytes < (this.paused + 1) * 2 ** 20 || stream.readStatus !== 'readable') return;
      this.paused++;
      stream.pause();
      void sleep(2).then(() => {
        this.mostBuffered = Math.max(this.mostBuffered, stream.readBufferLength);
        if (stream.readStatus === 'paused') stream.resume();
      });
    });
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const someBytes = (size: number): Uint8Array => new Uint8Array(randomBytes(size));

export const openEcho = (connection: Connection): Promise<Stream> =>
  connection.newStream(ECHO, { maxOutboundStreams: 256, signal: AbortSignal.timeout(5000) });
