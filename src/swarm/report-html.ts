import { VERSION } from '../version.ts';
import { type ChartInit, chart, type Series } from './page/chart.ts';
import { escapeHtml, table } from './page/markup.ts';
import { linear, logarithmic, percentiles } from './page/scale.ts';
import { STYLE } from './page/style.ts';
import type { SwarmReport } from './report.ts';
import { reportText, thresholdText } from './report-text.ts';
import type { TimelinePoint } from './timeline.ts';

/**
 * The report as one page: plots as SVG, the same figures as tables, no script, and nothing to load. The policy in its
 * head forbids the browser to load anything, whatever texts have come into the report.
 */
export function reportHtml(report: SwarmReport): string {
  const title = `peermeter swarm: ${report.scenario}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="dim">against ${escapeHtml(report.target)}, by peermeter ${escapeHtml(VERSION)}</p>
${thresholds(report)}
<h2>Over time</h2>
<div class="charts">
${overTime(report).map(chart).join('\n')}
</div>
<h2>Distribution</h2>
<div class="charts">
${distributions(report).map(chart).join('\n')}
</div>
<h2>Figures</h2>
${summary(report)}
${details('Over time, as a table', timelineTable(report))}
${details('Distributions, as tables', distributionTables(report))}
</main>
</body>
</html>
`;
}

function thresholds({ thresholds }: SwarmReport): string {
  if (thresholds.length === 0) return '';
  const items = thresholds.map((threshold) => {
    const [style, word] = threshold.held ? ['held', 'held'] : ['missed', 'missed'];
    return `<li><span class="${style}">${word}</span> ${escapeHtml(thresholdText(threshold))}</li>`;
  });
  return `<h2>Thresholds</h2>\n<ul>${items.join('')}</ul>`;
}

function overTime({ timeline, phases }: SwarmReport): ChartInit[] {
  const line = (name: string, pick: (point: TimelinePoint) => number | null): Series => ({
    name,
    points: timeline.map((point) => [point.seconds, pick(point)]),
  });
  const rtt = [line('p50', ({ p50Ms }) => p50Ms), line('p95', ({ p95Ms }) => p95Ms), line('p99', ({ p99Ms }) => p99Ms)];
  const peers = [line('connected', ({ online }) => online)];
  const pings = [line('pings', ({ pingsPerSecond }) => pingsPerSecond)];
  const errors = [line('errors', ({ errorsPerSecond }) => errorsPerSecond)];
  const time = {
    x: linear(timeline.at(-1)?.seconds ?? 1),
    xUnit: 'seconds',
    marks: phases.slice(1).map(({ fromSeconds, name }) => ({ x: fromSeconds, name })),
  };
  return [
    { ...time, id: 'rtt-over-time', title: 'Round trip', yUnit: 'ms', y: logarithmicOf(rtt), series: rtt },
    { ...time, id: 'peers-over-time', title: 'Peers', yUnit: 'peers', y: linear(largest(peers)), series: peers },
    { ...time, id: 'pings-over-time', title: 'Pings a second', yUnit: '1/s', y: linear(largest(pings)), series: pings },
    {
      ...time,
      id: 'errors-over-time',
      title: 'Unanswered a second',
      yUnit: '1/s',
      y: linear(largest(errors)),
      series: errors,
    },
  ];
}

function distributions({ distributions: { rtt, setup } }: SwarmReport): ChartInit[] {
  const of = (id: string, title: string, points: SwarmReport['distributions']['rtt']): ChartInit => {
    // 100 % lies infinitely far out: the largest value stands where the last percentile before it does.
    const last = points.at(-2)?.[0] ?? 90;
    const series = [
      { name: 'up to this share', points: points.map(([percent, ms]) => [Math.min(percent, last), ms] as const) },
    ];
    const y = logarithmicOf(series);
    return { id, title, x: percentiles(Math.max(last, 50)), xUnit: 'of all', y, yUnit: 'ms', series };
  };
  return [
    of('rtt-distribution', 'Round trip by percentile', rtt),
    of('setup-distribution', 'Set-up time by percentile', setup),
  ];
}

/** The lines of the text report, as a table. */
function summary(report: SwarmReport): string {
  const lines = reportText({ ...report, thresholds: [] })
    .trimEnd()
    .split('\n');
  return table(
    'The run as a whole',
    ['what', 'figures'],
    lines.map((line) => [line.slice(0, 12).trim(), line.slice(12)]),
  );
}

function timelineTable({ timeline, phases }: SwarmReport): string {
  const names = phases.map(({ name, fromSeconds, peers }) => [name, fromSeconds, peers]);
  const rows = timeline.map((point) => [
    point.seconds,
    point.online,
    point.pingsPerSecond,
    point.errorsPerSecond,
    point.p50Ms,
    point.p95Ms,
    point.p99Ms,
  ]);
  const columns = ['until (s)', 'peers', 'pings/s', 'unanswered/s', 'p50 (ms)', 'p95 (ms)', 'p99 (ms)'];
  return `${table('Phases', ['phase', 'from (s)', 'peers'], names)}\n${table('Over time', columns, rows)}`;
}

function distributionTables({ distributions: { rtt, setup } }: SwarmReport): string {
  const rows = (points: SwarmReport['distributions']['rtt']) =>
    points.map(([percent, ms]) => [Number(percent.toFixed(5)), ms]);
  const columns = ['up to (%)', 'ms'];
  return `${table('Round trip', columns, rows(rtt))}\n${table('Set-up', columns, rows(setup))}`;
}

function details(title: string, content: string): string {
  return `<details><summary>${escapeHtml(title)}</summary>\n${content}\n</details>`;
}

function logarithmicOf(series: readonly Series[]): ReturnType<typeof logarithmic> {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y)).filter((y) => y !== null);
  return values.length === 0 ? logarithmic(1, 10) : logarithmic(Math.min(...values), Math.max(...values));
}

function largest(series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap(({ points }) => points.map(([, y]) => y ?? 0)));
}
