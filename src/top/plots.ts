import type { LivePoint } from '../live/feed.ts';
import type { Picture } from './picture.ts';
import { sparkline } from './sparkline.ts';
import type { Surface } from './surface.ts';
import { fit } from './text.ts';
import { brief, count, percent } from './units.ts';

interface Plot {
  readonly label: string;
  readonly of: (point: LivePoint) => number | null;
  readonly show: (value: number) => string;
}

const PLOTS: readonly Plot[] = [
  { label: 'peers', of: (point) => point.peers, show: count },
  { label: 'rtt p99', of: (point) => point.rttP99Seconds, show: brief },
  { label: 'cpu', of: (point) => point.cpuPercent, show: percent },
];

const LABEL_COLUMNS = 8;
/** For the largest value, at the end of the line. */
const MOST_COLUMNS = 14;

/** The last minutes in a line each, from 0 to the largest value. */
export function plotLines({ hello, points }: Picture, { columns, unicode, paint }: Surface): string[] {
  const toMs = points.at(-1)?.atMs ?? 0;
  const span = { fromMs: toMs - hello.keepMs, toMs };
  const width = columns - LABEL_COLUMNS - MOST_COLUMNS;
  if (width < 1) return [];
  return PLOTS.map(({ label, of, show }) => {
    const values = points.map((point) => [point.atMs, of(point)] as const);
    const most = Math.max(0, ...values.map(([, value]) => value ?? 0));
    const line = sparkline(values, { columns: width, unicode, ...span });
    const end = fit(` max ${show(most)}`, columns - LABEL_COLUMNS - width);
    return paint('label', fit(label, LABEL_COLUMNS)) + line + paint('label', end);
  });
}
