import type { LivePoint } from '../../live/feed.ts';
import { type AxisFor, binary, decades, decimal, hundred, time, whole } from './axis.ts';
import { count, type Format, longTime, memory, percent, perSecond, plain, shortTime, written } from './format.ts';
import type { Line } from './plot.ts';
import type { Reading } from './reading.ts';

/** One of the documented panels. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly now: Reading;
  /** What stands beside the present figure: what it is of, or its limit. */
  readonly beside: (point: LivePoint) => string;
  /** What the panel has to say about itself at this point; empty for nothing. */
  readonly note?: (point: LivePoint) => string;
  readonly plots: readonly PanelPlot[];
  /** Further figures of the moment, without a line. */
  readonly facts?: readonly { readonly name: string; readonly reading: Reading }[];
}

export interface PanelPlot {
  readonly lines: readonly Line[];
  readonly axis: AxisFor;
  readonly format: Format;
  /** Its share of the panel's height. */
  readonly share: number;
}

const NO_PEERS = 'no peer is connected';
const NO_PING = 'no ping was answered in this second';
const NO_RATE = 'there is no point before this one to tell a rate from';

const DASHED = [6, 4] as const;
const DOTTED = [2, 3] as const;

const aPeer =
  (value: (point: LivePoint) => number | null) =>
  (point: LivePoint): number | null => {
    const all = value(point);
    return point.peers === 0 || all === null ? null : all / point.peers;
  };

const cpuAPeer = aPeer(({ cpuPercent }) => cpuPercent);
const memoryAPeer = (point: LivePoint): number | null => (point.peers === 0 ? null : point.memoryPerPeerBytes);
const descriptorsAPeer = aPeer(({ descriptors }) => descriptors);

const roundTripP50 = ({ rttP50Seconds }: LivePoint): number | null => rttP50Seconds;

const anyHasClosed = ({ durationP50Seconds }: LivePoint): boolean => durationP50Seconds !== null;
const anyIsOpen = ({ inbound, outbound }: LivePoint): boolean => inbound + outbound > 0;

/**
 * How long connections lasted; while none has closed, how old those are that are open. Never both in one line: once one
 * has closed, ages are of no more interest.
 */
const lasted =
  (closed: (point: LivePoint) => number | null, open: (point: LivePoint) => number) =>
  (point: LivePoint, newest = point): number | null => {
    if (anyHasClosed(newest)) return closed(point);
    return anyIsOpen(point) ? open(point) : null;
  };

const lastedP50 = lasted(
  (point) => point.durationP50Seconds,
  (point) => point.ageP50Seconds,
);

/** The panels under the titles that the guide and the dashboard have for them. */
export const PANELS: readonly Panel[] = [
  {
    id: 'concurrent-peers',
    title: 'Concurrent Peer Connections',
    now: { value: ({ peers }) => peers, format: count() },
    beside: ({ maxPeers }) => `of ${written(count()(maxPeers))} peers`,
    plots: [
      {
        lines: [{ name: 'peers', value: ({ peers }) => peers, colour: 's0', fill: 'fill0' }],
        axis: whole,
        format: count(),
        share: 1,
      },
    ],
    facts: [
      { name: 'opened', reading: { value: (point) => point.openedPerSecond, format: perSecond, missing: NO_RATE } },
      { name: 'closed', reading: { value: (point) => point.closedPerSecond, format: perSecond, missing: NO_RATE } },
      { name: 'refused', reading: { value: (point) => point.deniedPerSecond, format: perSecond, missing: NO_RATE } },
    ],
  },
  {
    id: 'pool-utilization',
    title: 'Connection Pool Utilization',
    now: { value: ({ poolUtilization }) => 100 * poolUtilization, format: percent },
    beside: (point) =>
      `${written(count()(point.inbound + point.outbound))} of ${written(count()(point.poolSize))} connections`,
    plots: [
      {
        lines: [{ name: 'in use', value: ({ poolUtilization }) => 100 * poolUtilization, colour: 's0', fill: 'fill0' }],
        axis: hundred,
        format: percent,
        share: 1,
      },
    ],
    facts: [
      { name: 'inbound', reading: { value: ({ inbound }) => inbound, format: count() } },
      { name: 'outbound', reading: { value: ({ outbound }) => outbound, format: count() } },
    ],
  },
  {
    id: 'memory-per-peer',
    title: 'Memory per Peer',
    now: { value: memoryAPeer, format: memory, missing: NO_PEERS },
    beside: ({ memoryRssBytes }) => `${written(memory(memoryRssBytes))} shared out`,
    note: ({ peers }) => (peers === 0 ? NO_PEERS : ''),
    plots: [
      {
        lines: [{ name: 'a peer', value: memoryAPeer, colour: 's0', fill: 'fill0' }],
        axis: binary,
        format: memory,
        share: 1,
      },
    ],
    facts: [
      { name: 'resident', reading: { value: ({ memoryRssBytes }) => memoryRssBytes, format: memory } },
      { name: 'heap', reading: { value: ({ heapUsedBytes }) => heapUsedBytes, format: memory } },
    ],
  },
  {
    id: 'resource-efficiency',
    title: 'Resource Efficiency',
    now: { value: cpuAPeer, format: percent, missing: NO_PEERS },
    beside: ({ peers }) => (peers === 0 ? '' : 'of a core for each peer'),
    note: ({ peers }) => (peers === 0 ? NO_PEERS : ''),
    plots: [
      { lines: [{ name: 'CPU', value: cpuAPeer, colour: 's0' }], axis: decimal, format: percent, share: 1 },
      { lines: [{ name: 'memory', value: memoryAPeer, colour: 's1' }], axis: binary, format: memory, share: 1 },
      {
        lines: [{ name: 'descriptors', value: descriptorsAPeer, colour: 's2' }],
        axis: decimal,
        format: plain,
        share: 1,
      },
    ],
  },
  {
    id: 'performance-under-load',
    title: 'Performance Under Load',
    now: { value: roundTripP50, format: shortTime, missing: NO_PING },
    beside: ({ pingsPerSecond }) => {
      const pings = count()(pingsPerSecond).text;
      return pingsPerSecond ? `median of ${pings} round ${pings === '1' ? 'trip' : 'trips'} a second` : '';
    },
    note: ({ rttP50Seconds, peers }) => (rttP50Seconds === null ? (peers === 0 ? NO_PEERS : NO_PING) : ''),
    plots: [
      {
        lines: [
          { name: 'p50', value: roundTripP50, colour: 's0' },
          { name: 'p95', value: ({ rttP95Seconds }) => rttP95Seconds, colour: 's1', dash: DASHED },
          { name: 'p99', value: ({ rttP99Seconds }) => rttP99Seconds, colour: 's2', dash: DOTTED },
        ],
        axis: decades,
        format: shortTime,
        share: 2,
      },
      {
        lines: [{ name: 'failed', value: (point) => point.pingFailuresPerSecond, colour: 'bad', fill: 'fillbad' }],
        axis: whole,
        format: perSecond,
        share: 1,
      },
    ],
  },
  {
    id: 'connection-duration',
    title: 'Connection Duration Distribution',
    now: { value: lastedP50, format: longTime, missing: 'no connection is open, and none has closed' },
    beside: (point) =>
      anyHasClosed(point) ? 'median of those that closed' : anyIsOpen(point) ? 'median age; none has closed yet' : '',
    note: (point) => (anyHasClosed(point) || anyIsOpen(point) ? '' : 'no connection yet'),
    plots: [
      {
        lines: [
          { name: 'p50', value: lastedP50, colour: 's0' },
          {
            name: 'p95',
            value: lasted(
              (point) => point.durationP95Seconds,
              (point) => point.ageP95Seconds,
            ),
            colour: 's1',
            dash: DASHED,
          },
          {
            name: 'p99',
            value: lasted(
              (point) => point.durationP99Seconds,
              (point) => point.ageP99Seconds,
            ),
            colour: 's2',
            dash: DOTTED,
          },
        ],
        axis: time,
        format: longTime,
        share: 1,
      },
    ],
  },
];
