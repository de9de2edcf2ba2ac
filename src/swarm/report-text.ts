import type { SwarmReport } from './report.ts';
import type { ThresholdResult } from './thresholds.ts';

/** A generator this late adds to what it measures. */
const LATE_WARNING_MS = 20;

/** The report for people. */
export function reportText(report: SwarmReport): string {
  const lines = [
    ['peers', `${report.connected} of ${report.requested} connected, ${report.connectedAtEnd} at the end`],
    ['failed', reasons(report.failed) || 'none'],
    ['disconnects', String(report.disconnects)],
    ...staged(report),
    ['pings', pings(report)],
    ['round trip', figures(report.rttMs, ['p50', 'p95', 'p99', 'p99.9', 'max'])],
    ['set-up', figures(report.setupMs, ['p50', 'p95', 'p99', 'max'])],
    ['swarm', self(report)],
    ['duration', `${report.durationSeconds} s`],
    ...report.thresholds.map((threshold) => [threshold.held ? 'held' : 'MISSED', thresholdText(threshold)]),
  ];
  return `${lines.map(([name = '', text = '']) => `${name.padEnd(12)}${text}`).join('\n')}\n`;
}

/** `rtt.p99<50ms: 12.3 ms`. */
export function thresholdText({ text, value, unit }: ThresholdResult): string {
  return `${text}: ${value === null ? 'nothing was measured' : `${value}${unit === '' ? '' : ` ${unit}`}`}`;
}

/** `3 timeout, 1 reset`. */
export function reasons(counts: Partial<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(', ');
}

function pings({ pings, pingErrors, pingErrorsByReason, streamsReopened }: SwarmReport): string {
  const errors = pingErrors === 0 ? '0 errors' : `${pingErrors} errors (${reasons(pingErrorsByReason)})`;
  return `${pings}, ${errors}${streamsReopened === 0 ? '' : `, ${streamsReopened} streams opened again`}`;
}

function staged({ staged: { replaced, dropped, frozen } }: SwarmReport): string[][] {
  const text = Object.entries({ replaced, dropped, frozen })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
  return text === '' ? [] : [['staged', text]];
}

function self({ self: { rssBytes, cpuSeconds }, lateMs, kind }: SwarmReport): string {
  const late = lateMs.p99 ?? 0;
  const warning = late > LATE_WARNING_MS ? ': too busy itself, give it more cores or fewer pings' : '';
  const memory = `${Math.round(rssBytes / 2 ** 20)} MiB`;
  return `${kind === 'light' ? 'light peers' : 'full nodes'}, ${memory}, ${cpuSeconds.toFixed(1)} s of processor time, pings left p99 ${late} ms late${warning}`;
}

function figures<P extends string>(values: Readonly<Record<P, number | null>>, names: readonly P[]): string {
  return names.map((name) => `${name} ${values[name] === null ? '–' : `${values[name]} ms`}`).join('  ');
}
