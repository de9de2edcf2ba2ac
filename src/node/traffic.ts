import type { MessageStream, Metrics, Stream } from '@libp2p/interface';
import { type Direction, PROTOCOLS, type Protocol } from '../contract/vocabulary.ts';
import { type Layer, layOver } from './layer.ts';

/** Bytes and streams of one protocol. */
export interface ProtocolTraffic extends ByteCounts {
  /** Streams open now, by who opened them. */
  readonly open: Record<Direction, number>;
}

/** Bytes in and out. */
interface ByteCounts {
  receivedBytes: number;
  sentBytes: number;
}

/** Where a metered stream counts its bytes. */
const COUNTS = Symbol('byte counts');

/** What libp2p's data goes through before anybody listens; public on the class every js-libp2p stream extends. */
type MeteredStream = MessageStream & {
  onData(data: { readonly byteLength: number }): void;
  [COUNTS]: ByteCounts;
};

/**
 * Counts what the libp2p sockets and streams carry.
 *
 * libp2p shows every new connection and stream to its `metrics` component: that is the public place to count from. It
 * wraps `send` and `onData` of each rather than listening for messages, because a stream starts to deliver as soon as
 * somebody listens, and what arrived with the protocol negotiation would be lost on its real reader.
 */
export class Traffic {
  /** Of all sockets. */
  readonly sockets: ByteCounts = { receivedBytes: 0, sentBytes: 0 };
  streamsOpened = 0;
  streamsClosed = 0;
  readonly protocols = Object.fromEntries(
    PROTOCOLS.map((protocol) => [protocol, { receivedBytes: 0, sentBytes: 0, open: { inbound: 0, outbound: 0 } }]),
  ) as Record<Protocol, ProtocolTraffic>;

  /** The component to give to libp2p; what libp2p would like to measure itself is not kept. */
  metrics(): Metrics {
    return {
      ...discardedMetrics,
      trackMultiaddrConnection: (connection) => meter(connection, this.sockets),
      trackProtocolStream: (stream) => this.#trackStream(stream),
    };
  }

  #trackStream(stream: Stream): void {
    const traffic = this.protocols[protocolLabel(stream.protocol)];
    meter(stream, traffic);
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

function meter(stream: MessageStream, counts: ByteCounts): void {
  // What came in the same packet as the negotiation is in the buffer already.
  counts.receivedBytes += stream.readBufferLength;
  const metered = stream as MeteredStream;
  metered[COUNTS] = counts;
  layOver(metered, METERED, 'send');
}

const METERED: Layer<MeteredStream> = ({ send, onData }) => ({
  send(data) {
    const { byteLength } = data;
    const more = send.call(this, data);
    this[COUNTS].sentBytes += byteLength;
    return more;
  },
  onData(data) {
    this[COUNTS].receivedBytes += data.byteLength;
    onData.call(this, data);
  },
});

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
