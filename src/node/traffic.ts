import type { MessageStream, Metrics, MultiaddrConnection, Stream } from '@libp2p/interface';
import { type Direction, PROTOCOLS, type Protocol } from '../contract/vocabulary.ts';

/** Bytes and streams of one protocol. */
export interface ProtocolTraffic {
  receivedBytes: number;
  sentBytes: number;
  /** Streams open now, by who opened them. */
  readonly open: Record<Direction, number>;
}

/** What libp2p's data goes through before anybody listens; public on the class every js-libp2p stream extends. */
type ReceivingStream = MessageStream & { onData?: (data: { readonly byteLength: number }) => void };

/**
 * Counts what the libp2p sockets and streams carry.
 *
 * libp2p shows every new connection and stream to its `metrics` component: that is the public place to count from. It
 * wraps `send` and `onData` of each rather than listening for messages, because a stream starts to deliver as soon as
 * somebody listens, and what arrived with the protocol negotiation would be lost on its real reader.
 */
export class Traffic {
  socketReadBytes = 0;
  socketWrittenBytes = 0;
  streamsOpened = 0;
  streamsClosed = 0;
  readonly protocols = Object.fromEntries(
    PROTOCOLS.map((protocol) => [protocol, { receivedBytes: 0, sentBytes: 0, open: { inbound: 0, outbound: 0 } }]),
  ) as Record<Protocol, ProtocolTraffic>;

  /** Where bytes are counted that do not come by the stream libp2p has shown. */
  readonly socket = {
    received: (bytes: number): void => {
      this.socketReadBytes += bytes;
    },
    sent: (bytes: number): void => {
      this.socketWrittenBytes += bytes;
    },
  };

  /** The component to give to libp2p; what libp2p would like to measure itself is not kept. */
  metrics(): Metrics {
    return {
      ...discardedMetrics,
      trackMultiaddrConnection: (connection) => this.#trackConnection(connection),
      trackProtocolStream: (stream) => this.#trackStream(stream),
    };
  }

  #trackConnection(connection: MultiaddrConnection): void {
    meter(connection, this.socket.received, this.socket.sent);
  }

  #trackStream(stream: Stream): void {
    const traffic = this.protocols[protocolLabel(stream.protocol)];
    meter(
      stream,
      (bytes) => {
        traffic.receivedBytes += bytes;
      },
      (bytes) => {
        traffic.sentBytes += bytes;
      },
    );
    this.streamsOpened++;
    traffic.open[stream.direction]++;
    const closed = (): void => {
      this.streamsClosed++;
      traffic.open[stream.direction]--;
    };
    if (stream.status === 'open' || stream.status === 'closing')
      stream.addEventListener('close', closed, { once: true });
    else closed();
  }
}

function meter(stream: ReceivingStream, received: (bytes: number) => void, sent: (bytes: number) => void): void {
  // What came in the same packet as the negotiation is in the buffer already.
  received(stream.readBufferLength);
  const { onData } = stream;
  if (onData !== undefined) {
    stream.onData = (data) => {
      received(data.byteLength);
      onData.call(stream, data);
    };
  }
  const { send } = stream;
  stream.send = (data) => {
    const { byteLength } = data;
    const more = send.call(stream, data);
    sent(byteLength);
    return more;
  };
}

function protocolLabel(protocol: string): Protocol {
  return (PROTOCOLS as readonly string[]).includes(protocol) ? (protocol as Protocol) : 'other';
}

const nothing = (): void => {};
const noTimer = (): (() => void) => nothing;
const discarded = {
  update: nothing,
  increment: nothing,
  decrement: nothing,
  reset: nothing,
  observe: nothing,
  timer: noTimer,
};
const register = (): typeof discarded => discarded;

const discardedMetrics = {
  registerMetric: register,
  registerMetricGroup: register,
  registerCounter: register,
  registerCounterGroup: register,
  registerHistogram: register,
  registerHistogramGroup: register,
  registerSummary: register,
  registerSummaryGroup: register,
  traceFunction: <F>(_name: string, run: F): F => run,
  createTrace: (): undefined => undefined,
};
