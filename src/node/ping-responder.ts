import type { Startable, Stream } from '@libp2p/interface';
import type { Registrar } from '@libp2p/interface-internal';
import { PING_PROTOCOL } from '../contract/vocabulary.ts';

export interface PingResponderInit {
  /** Ping streams a connection may have open towards us at once; a further one is reset. @default 8 */
  readonly maxInboundStreams?: number;
  /** Ping streams we may have open on a connection at once. @default 8 */
  readonly maxOutboundStreams?: number;
}

/**
 * Answers pings: sends back what comes, for as long as the remote keeps its stream.
 *
 * The handler of `@libp2p/ping` resets a stream 10 s after it was opened, in use or not, and holds a timer for each;
 * this one holds nothing. What it may have to keep is bounded by the stream's own buffers: while the remote does not
 * read, nothing more is taken from it.
 */
export class PingResponder implements Startable {
  readonly #registrar: Registrar;
  readonly #init: PingResponderInit;

  constructor(registrar: Registrar, init: PingResponderInit = {}) {
    this.#registrar = registrar;
    this.#init = init;
  }

  async start(): Promise<void> {
    const { maxInboundStreams = 8, maxOutboundStreams = 8 } = this.#init;
    const options = { maxInboundStreams, maxOutboundStreams, runOnLimitedConnection: true };
    await this.#registrar.handle(PING_PROTOCOL, echo, options);
  }

  async stop(): Promise<void> {
    await this.#registrar.unhandle(PING_PROTOCOL);
  }
}

/** A service for `createLibp2p`. */
export function pingResponder(init?: PingResponderInit): (components: { registrar: Registrar }) => PingResponder {
  return ({ registrar }) => new PingResponder(registrar, init);
}

/** Sends back what comes on a ping stream, for as long as the remote keeps it. */
export function echo(stream: Stream): void {
  // An error thrown in a listener would end the process; here it ends the stream.
  const guarded = (work: () => void) => (): void => {
    try {
      work();
    } catch (error) {
      stream.abort(error as Error);
    }
  };
  stream.addEventListener('message', ({ data }) =>
    guarded(() => {
      if (!stream.send(data)) stream.pause();
    })(),
  );
  stream.addEventListener(
    'drain',
    guarded(() => {
      if (stream.readStatus === 'paused') stream.resume();
    }),
  );
  // Not when the remote closes: what it sent before may be waiting here until it reads its answers.
  stream.addEventListener('end', () => {
    stream.close().catch((error) => stream.abort(error));
  });
}
