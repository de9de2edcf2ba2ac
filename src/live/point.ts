import { type Figures, numberOf, type Point, totalOf } from '../contract/figures.ts';
import type { AttributesOf, MetricKey } from '../contract/metrics.ts';
import type { LivePoint } from './feed.ts';
import { type Buckets, quantileOf, since, together } from './quantile.ts';

/** What was measured at one moment. */
export interface Reading {
  readonly figures: Figures;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** On the monotonic clock: what rates are told by. */
  readonly clockMs: number;
}

/** A point is made from a reading, the one before it, and how long connections lasted that ended of late. */
export interface Moment {
  readonly now: Reading;
  readonly before: Reading | undefined;
  readonly durations: Buckets;
}

type Field<K extends keyof LivePoint> = (moment: Moment) => LivePoint[K];

/** Where each field of a point comes from, by the keys of the contract. */
const FIELDS: { readonly [K in keyof LivePoint]: Field<K> } = {
  atMs: ({ now }) => now.atMs,
  peers: gauge('peers'),
  maxPeers: gauge('maxPeers'),
  inbound: gauge('connections', { direction: 'inbound' }),
  outbound: gauge('connections', { direction: 'outbound' }),
  poolUtilization: gauge('poolUtilization'),
  poolSize: gauge('poolSize'),
  memoryPerPeerBytes: gauge('memoryPerPeer'),
  memoryRssBytes: gauge('memoryRss'),
  heapUsedBytes: ({ now }) => totalOf(now.figures, 'heapUsed'),
  cpuPercent: gauge('cpuUsage'),
  descriptors: gaugeIfAny('fdCount'),
  descriptorLimit: gaugeIfAny('fdLimit'),
  loopDelayP99Seconds: gaugeIfAny('eventLoopDelayP99'),
  pingsPerSecond: rate('pingResponses'),
  pingFailuresPerSecond: rate('pingErrors'),
  rttP50Seconds: roundTrip(0.5),
  rttP95Seconds: roundTrip(0.95),
  rttP99Seconds: roundTrip(0.99),
  durationP50Seconds: ({ durations }) => quantileOf(durations, 0.5),
  durationP95Seconds: ({ durations }) => quantileOf(durations, 0.95),
  durationP99Seconds: ({ durations }) => quantileOf(durations, 0.99),
  ageP50Seconds: gauge('connectionAge', { percentile: '50' }),
  ageP95Seconds: gauge('connectionAge', { percentile: '95' }),
  ageP99Seconds: gauge('connectionAge', { percentile: '99' }),
  openedPerSecond: rate('connectionsOpened'),
  closedPerSecond: rate('connectionsClosed'),
  deniedPerSecond: rate('connectionsDenied'),
  readBytesPerSecond: rate('ioRead'),
  writtenBytesPerSecond: rate('ioWrite'),
};

/** The fields of a point, in the order they are sent. */
export const POINT_FIELDS = Object.keys(FIELDS) as readonly (keyof LivePoint)[];

export function pointOf(moment: Moment): LivePoint {
  return Object.fromEntries(POINT_FIELDS.map((field) => [field, FIELDS[field](moment)])) as unknown as LivePoint;
}

/** How long the connections lasted that have ended since the start, in either direction. */
export function endedDurations(figures: Figures): Buckets {
  return histogram(figures, 'connectionDuration');
}

function gauge<K extends MetricKey>(key: K, labels?: AttributesOf<K>): (moment: Moment) => number {
  return ({ now }) => numberOf(now.figures, key, labels as Point['attributes']) ?? 0;
}

function gaugeIfAny(key: MetricKey): (moment: Moment) => number | null {
  return ({ now }) => numberOf(now.figures, key) ?? null;
}

/** The growth of a counter, over all its labels, a second. */
function rate(key: MetricKey): (moment: Moment) => number | null {
  return ({ now, before }) => {
    const seconds = before === undefined ? 0 : (now.clockMs - before.clockMs) / 1000;
    if (before === undefined || seconds <= 0) return null;
    return Math.max(0, totalOf(now.figures, key) - totalOf(before.figures, key)) / seconds;
  };
}

/** A quantile of the round trips since the reading before. */
function roundTrip(quantile: number): (moment: Moment) => number | null {
  return ({ now, before }) => {
    if (before === undefined) return null;
    return quantileOf(since(histogram(now.figures, 'pingRtt'), histogram(before.figures, 'pingRtt').counts), quantile);
  };
}

function histogram(figures: Figures, key: MetricKey): Buckets {
  return together((figures.get(key) ?? []).flatMap(({ value }) => (typeof value === 'number' ? [] : [value])));
}
