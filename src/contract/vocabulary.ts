/**
 * The closed sets: every value a label can take.
 *
 * A label whose values are not listed here cannot grow without bound, because it cannot exist: peer ids, addresses and
 * agent strings never become labels of a counter or histogram.
 */

/** Which side opened a connection or stream. */
export const DIRECTIONS = ['inbound', 'outbound'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Which way bytes went, seen from this process. */
export const FLOWS = ['received', 'sent'] as const;
export type Flow = (typeof FLOWS)[number];

/**
 * Why an open connection ended.
 *
 * - `remote`: the other side closed it or went away (a killed process included)
 * - `local`: this side closed it
 * - `reset`: the transport failed (a kernel reset, a broken frame)
 * - `liveness`: this side gave it up after too many pings in a row went unanswered
 * - `shutdown`: this side is going down
 */
export const CLOSE_REASONS = ['remote', 'local', 'reset', 'liveness', 'shutdown'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

/** Which limit refused a connection. */
export const DENY_REASONS = ['max_connections', 'max_peers'] as const;
export type DenyReason = (typeof DENY_REASONS)[number];

/**
 * How a dial ended.
 *
 * - `success`
 * - `refused`: nothing listens there
 * - `unreachable`: no route, no such host
 * - `timeout`
 * - `handshake`: reached, but the security or muxer handshake failed (a server whose pool is full hangs up here; one that
 *   has its peers lets the dial succeed first)
 * - `wrong_peer`: somebody else's peer id answered
 * - `denied`: this side's own limits refused it
 * - `aborted`: this side gave it up (shutdown)
 * - `other`
 */
export const DIAL_RESULTS = [
  'success',
  'refused',
  'unreachable',
  'timeout',
  'handshake',
  'wrong_peer',
  'denied',
  'aborted',
  'other',
] as const;
export type DialResult = (typeof DIAL_RESULTS)[number];

/**
 * Why a ping was not answered.
 *
 * - `timeout`: no full answer in time
 * - `mismatch`: an answer of other bytes, or of more than were sent
 * - `reset`: the stream ended before the answer
 * - `unsupported`: the peer does not speak the ping protocol
 * - `stream`: no stream could be opened
 * - `disconnected`: the connection closed meanwhile
 */
export const PING_ERRORS = ['timeout', 'mismatch', 'reset', 'unsupported', 'stream', 'disconnected'] as const;
export type PingError = (typeof PING_ERRORS)[number];

/** Things with a life that are allocated and given back. */
export const RESOURCE_TYPES = ['connection', 'stream', 'dial', 'ping'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** The ping protocol of libp2p: 32 bytes there, the same 32 bytes back. */
export const PING_PROTOCOL = '/ipfs/ping/1.0.0';

/** Protocols told apart; every other one is `other`. */
export const PROTOCOLS = [PING_PROTOCOL, '/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', 'other'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Which percentile of a live distribution a gauge holds. */
export const PERCENTILES = ['50', '95', '99'] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Who used the processor (OpenTelemetry `cpu.mode`). */
export const CPU_MODES = ['user', 'system'] as const;
export type CpuMode = (typeof CPU_MODES)[number];

/** Whether the process gave the core up or was taken off it (OpenTelemetry `process.context_switch.type`). */
export const CONTEXT_SWITCH_TYPES = ['voluntary', 'involuntary'] as const;
export type ContextSwitchType = (typeof CONTEXT_SWITCH_TYPES)[number];

/** Kinds of garbage collection (OpenTelemetry `v8js.gc.type`). */
export const GC_TYPES = ['major', 'minor', 'incremental', 'weakcb'] as const;
export type GcType = (typeof GC_TYPES)[number];

export const EXPORT_RESULTS = ['success', 'failure'] as const;
export type ExportResult = (typeof EXPORT_RESULTS)[number];
