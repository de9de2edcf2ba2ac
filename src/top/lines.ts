import type { LivePoint } from '../live/feed.ts';
import { brief, byteRate, bytes, count, percent, rate, share } from './units.ts';

/** A point in one line, for a log or a pipe. */
export function pointLine(point: LivePoint): string {
  const { rttP50Seconds, rttP95Seconds, rttP99Seconds } = point;
  const facts: readonly (readonly [string, string])[] = [
    ['peers', `${count(point.peers)}/${count(point.maxPeers)}`],
    ['pool', share(point.poolUtilization)],
    ['cpu', percent(point.cpuPercent)],
    ['memory', bytes(point.memoryRssBytes)],
    ['files', count(point.descriptors)],
    ['pings', rate(point.pingsPerSecond)],
    ['failed', rate(point.pingFailuresPerSecond)],
    ['rtt p50', brief(rttP50Seconds)],
    ['p95', brief(rttP95Seconds)],
    ['p99', brief(rttP99Seconds)],
    ['refused', rate(point.deniedPerSecond)],
    ['in', byteRate(point.readBytesPerSecond)],
    ['out', byteRate(point.writtenBytesPerSecond)],
  ];
  return `${new Date(point.atMs).toISOString()}  ${facts.map((fact) => fact.join(' ')).join('  ')}`;
}
