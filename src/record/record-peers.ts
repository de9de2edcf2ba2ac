import type { Instruments } from '../contract/instruments.ts';
import { type DenyReason, DIRECTIONS, type Direction, PERCENTILES } from '../contract/vocabulary.ts';
import type { Limits } from '../node/admission.ts';
import type { PeerTable } from '../peers/peer-table.ts';

/** Told of each connection this node refuses. */
export type RecordDenied = (direction: Direction, reason: DenyReason) => void;

/** Peers and connections, as the live table knows them. */
export function recordPeers(instruments: Instruments, table: PeerTable): void {
  instruments.observe('peers', (observe) => observe(table.peerCount, {}));
  instruments.observe('connections', (observe) => {
    for (const direction of DIRECTIONS) observe(table.connectionCounts[direction], { direction });
  });
  instruments.observe('connectionAge', (observe) => {
    const ages = table.connectionAges();
    for (const percentile of PERCENTILES) observe(nearestRank(ages, Number(percentile)), { percentile });
  });

  const opened = instruments.counter('connectionsOpened');
  const closed = instruments.counter('connectionsClosed');
  const duration = instruments.histogram('connectionDuration');
  table.on('opened', ({ direction }) => opened(1, { direction }));
  table.on('closed', ({ direction }, reason, durationMs) => {
    closed(1, { direction, reason });
    duration({ direction }).record(durationMs / 1000);
  });
}

/** The limits beside their use, and what they refuse. */
export function recordLimits(instruments: Instruments, table: PeerTable, limits: Limits): RecordDenied {
  instruments.observe('maxPeers', (observe) => observe(limits.maxPeers, {}));
  instruments.observe('poolSize', (observe) => observe(limits.maxConnections, {}));
  instruments.observe('poolUtilization', (observe) => observe(table.connectionCount / limits.maxConnections, {}));
  const denied = instruments.counter('connectionsDenied');
  return (direction, reason) => denied(1, { direction, reason });
}

/**
 * The nearest-rank percentile of ascending values; 0 when there are none, for an observable gauge of the SDK goes on
 * reporting what it was last told: to say nothing would be to say that the last connection is still open.
 */
export function nearestRank(ascending: Float64Array, percentile: number): number {
  const rank = Math.max(1, Math.ceil((percentile / 100) * ascending.length));
  return ascending[rank - 1] ?? 0;
}
