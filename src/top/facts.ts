import type { LivePoint } from '../live/feed.ts';
import type { Style } from './palette.ts';
import type { Surface } from './surface.ts';
import { fit } from './text.ts';
import { brief, byteRate, bytes, count, lasting, NONE, percent, rate, share } from './units.ts';

/** A label and what there is to say; what is bad is shown so. */
type Fact = readonly [label: string, text: string, style?: Style];

/** The most important first: those at the end are left out where there is no room. */
function factsOf(point: LivePoint): readonly Fact[] {
  return [
    [
      'peers',
      `${count(point.peers)} of ${count(point.maxPeers)}, ${count(point.inbound)} in ${count(point.outbound)} out`,
    ],
    ['pool', `${share(point.poolUtilization)} of ${count(point.poolSize)}`],
    ['cpu', `${percent(point.cpuPercent)}, loop p99 ${brief(point.loopDelayP99Seconds)}`],
    ['memory', `${bytes(point.memoryRssBytes)}, heap ${bytes(point.heapUsedBytes)}`],
    ['rtt', percentiles(brief, point.rttP50Seconds, point.rttP95Seconds, point.rttP99Seconds)],
    ['a peer', bytes(point.memoryPerPeerBytes)],
    ['pings', rate(point.pingsPerSecond)],
    ['files', `${count(point.descriptors)} of ${count(point.descriptorLimit)}`],
    ['failed', rate(point.pingFailuresPerSecond), badIfAny(point.pingFailuresPerSecond)],
    ['refused', rate(point.deniedPerSecond), badIfAny(point.deniedPerSecond)],
    ['age', percentiles(lasting, point.ageP50Seconds, point.ageP95Seconds, point.ageP99Seconds)],
    ['conns', `${rate(point.openedPerSecond)} opened, ${rate(point.closedPerSecond)} closed`],
    ['ended', percentiles(lasting, point.durationP50Seconds, point.durationP95Seconds, point.durationP99Seconds)],
    ['bytes', `${byteRate(point.readBytesPerSecond)} in, ${byteRate(point.writtenBytesPerSecond)} out`],
  ];
}

const LABEL_COLUMNS = 8;
const FACT_COLUMNS = 38;
const GAP = '  ';

/** What the daemon is like now, with as many facts side by side as there is room for. */
export function factLines(point: LivePoint, { columns, paint }: Surface): string[] {
  const across = Math.max(1, Math.floor((columns + GAP.length) / (FACT_COLUMNS + GAP.length)));
  const width = Math.floor((columns - GAP.length * (across - 1)) / across);
  const cells = factsOf(point).map(([label, text, style = 'plain']) => {
    const name = fit(label, Math.min(LABEL_COLUMNS, width));
    return paint('label', name) + paint(style, fit(text, width - name.length));
  });
  const lines = Math.ceil(cells.length / across);
  return Array.from({ length: lines }, (_, at) => cells.slice(at * across, (at + 1) * across).join(GAP));
}

type Show = (value: number | null) => string;

/** 50th, 95th and 99th percentile, close enough together to be read in half a line. */
function percentiles(show: Show, ...[p50, p95, p99]: readonly [number | null, number | null, number | null]): string {
  if (p50 === null) return NONE;
  return `p50 ${close(show(p50))} 95 ${close(show(p95))} 99 ${close(show(p99))}`;
}

const close = (text: string): string => text.replace(' ', '');

function badIfAny(value: number | null): Style {
  return value !== null && value > 0 ? 'bad' : 'plain';
}
