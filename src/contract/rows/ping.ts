import type { MetricRow } from '../row.ts';
import { PING_ERRORS } from '../vocabulary.ts';

/** 50 µs (a loopback ping takes about 65 µs) to 10 s (twice the default timeout), three a decade. */
const PING_BUCKETS = [
  0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
] as const;

export const PING_METRICS = {
  pingRtt: {
    instrument: 'libp2p.ping.rtt',
    name: 'libp2p_ping_rtt_seconds',
    kind: 'histogram',
    source: 'record',
    unit: 's',
    labels: {},
    buckets: PING_BUCKETS,
    help: 'Round trip of each answered ping on an open stream, by the monotonic clock; opening and negotiating the stream is not part of it.',
  },
  pingRequests: {
    instrument: 'libp2p.ping.requests',
    name: 'libp2p_ping_requests_total',
    kind: 'counter',
    source: 'observe',
    unit: '',
    labels: {},
    help: 'Pings begun: responses + errors + active.',
  },
  pingResponses: {
    instrument: 'libp2p.ping.responses',
    name: 'libp2p_ping_responses_total',
    kind: 'counter',
    source: 'observe',
    unit: '',
    labels: {},
    help: 'Pings answered in time with the bytes that were sent.',
  },
  pingErrors: {
    instrument: 'libp2p.ping.errors',
    name: 'libp2p_ping_errors_total',
    kind: 'counter',
    source: 'observe',
    unit: '',
    labels: { reason: PING_ERRORS },
    help: 'Pings that were not answered, by reason; timeouts among them.',
  },
  pingTimeouts: {
    instrument: 'libp2p.ping.timeouts',
    name: 'libp2p_ping_timeouts_total',
    kind: 'counter',
    source: 'observe',
    unit: '',
    labels: {},
    help: 'Pings not answered in time; the same as the errors with reason timeout.',
  },
  activePings: {
    instrument: 'libp2p.ping.active',
    name: 'libp2p_active_pings',
    kind: 'gauge',
    source: 'observe',
    unit: '',
    labels: {},
    across: 'sum',
    help: 'Pings begun and not ended.',
  },
  peerPingRtt: {
    instrument: 'libp2p.peer.ping.rtt',
    name: 'libp2p_peer_ping_rtt_seconds',
    kind: 'gauge',
    source: 'per-peer',
    unit: 's',
    labels: { peer_id: null },
    help: 'Last round trip to a peer that is connected now.',
  },
  peerPingJitter: {
    instrument: 'libp2p.peer.ping.jitter',
    name: 'libp2p_peer_ping_jitter_seconds',
    kind: 'gauge',
    source: 'per-peer',
    unit: 's',
    labels: { peer_id: null },
    help: 'Smoothed difference between successive round trips to a peer that is connected now (RFC 3550, gain 1/16).',
  },
  peerPingFailures: {
    instrument: 'libp2p.peer.ping.failures',
    name: 'libp2p_peer_ping_failures_total',
    kind: 'counter',
    source: 'per-peer',
    unit: '',
    labels: { peer_id: null },
    help: 'Pings a peer that is connected now has not answered since it connected.',
  },
} as const satisfies Record<string, MetricRow>;
