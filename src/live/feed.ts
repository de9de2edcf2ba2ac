/**
 * What `GET /live` sends: server-sent events whose data is one JSON object each. The page and `peermeter top` read it.
 *
 * | event | when | data |
 * | --- | --- | --- |
 * | `hello` | first, once | `LiveHello` |
 * | `history` | second, once | `LivePoint[]`, oldest first |
 * | `point` | each second | `LivePoint` |
 * | `peers` | each second | `LivePeers` |
 * | `bye` | the daemon is stopping | `{}` |
 */
export interface LiveEvents {
  readonly hello: LiveHello;
  readonly history: readonly LivePoint[];
  readonly point: LivePoint;
  readonly peers: LivePeers;
  readonly bye: Readonly<Record<string, never>>;
}

/** Who it is that speaks. */
export interface LiveHello {
  /** `service.name`. */
  readonly service: string;
  readonly peerId: string;
  readonly version: string;
  /** Full multiaddrs others can dial. */
  readonly addresses: readonly string[];
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  /** From one point to the next while somebody looks. */
  readonly intervalMs: number;
  /** How long points are kept. */
  readonly keepMs: number;
  readonly processes: number;
}

/**
 * The daemon at one moment. What the contract has as a gauge is that gauge; what it has as a counter or histogram is
 * told of the time since the point before. `null`: there was nothing to tell it from.
 */
export interface LivePoint {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly peers: number;
  readonly maxPeers: number;
  readonly inbound: number;
  readonly outbound: number;
  /** 0 to 1. */
  readonly poolUtilization: number;
  readonly poolSize: number;
  readonly memoryPerPeerBytes: number;
  readonly memoryRssBytes: number;
  readonly heapUsedBytes: number;
  /** 100 is one core. */
  readonly cpuPercent: number;
  readonly descriptors: number | null;
  readonly descriptorLimit: number | null;
  readonly loopDelayP99Seconds: number | null;
  /** Answered pings, a second. */
  readonly pingsPerSecond: number | null;
  /** Failed pings, timeouts included, a second. */
  readonly pingFailuresPerSecond: number | null;
  readonly rttP50Seconds: number | null;
  readonly rttP95Seconds: number | null;
  readonly rttP99Seconds: number | null;
  /** Of the connections that closed within the time points are kept. */
  readonly durationP50Seconds: number | null;
  readonly durationP95Seconds: number | null;
  readonly durationP99Seconds: number | null;
  /** Of the connections open now; 0 when none is. */
  readonly ageP50Seconds: number;
  readonly ageP95Seconds: number;
  readonly ageP99Seconds: number;
  readonly openedPerSecond: number | null;
  readonly closedPerSecond: number | null;
  readonly deniedPerSecond: number | null;
  readonly readBytesPerSecond: number | null;
  readonly writtenBytesPerSecond: number | null;
}

/** Who is connected, at most as many as the feed shows: configured targets first, then those connected longest. */
export interface LivePeers {
  /** How many there are in all. */
  readonly total: number;
  readonly peers: readonly LivePeerRow[];
}

export interface LivePeerRow {
  readonly peerId: string;
  readonly direction: 'inbound' | 'outbound';
  /** The remote multiaddr of its newest connection, without the peer id at its end. */
  readonly address: string;
  /** Whether it is a configured target. */
  readonly target: boolean;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
  /** The last round trip; `null` before the first answer. */
  readonly rttSeconds: number | null;
  readonly jitterSeconds: number;
  /** Failed pings since it connected. */
  readonly failures: number;
}
