const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII = ['_', '.', ':', '-', '=', '+', '*', '#'];

export interface SparklineInit {
  readonly columns: number;
  readonly unicode: boolean;
  /** The time that the columns share out, in Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A value at a time; `null` where there was none. */
export type TimedValue = readonly [atMs: number, value: number | null];

/**
 * The values in a line of blocks, from 0 to the largest of them: each column has the largest of its time, and a column
 * without a value stays empty.
 */
export function sparkline(values: Iterable<TimedValue>, { columns, unicode, fromMs, toMs }: SparklineInit): string {
  const shades = unicode ? BLOCKS : ASCII;
  const largest = new Array<number>(Math.max(0, columns)).fill(Number.NEGATIVE_INFINITY);
  for (const [atMs, value] of values) {
    const at = Math.min(columns - 1, Math.floor(((atMs - fromMs) / (toMs - fromMs)) * columns));
    if (value === null || !(at >= 0)) continue;
    largest[at] = Math.max(largest[at] ?? Number.NEGATIVE_INFINITY, value);
  }
  const top = Math.max(...largest, Number.MIN_VALUE);
  return carried(largest)
    .map((value) => (Number.isFinite(value) ? shades[Math.round((Math.max(0, value) / top) * 7)] : ' '))
    .join('');
}

/** Points come more seldom while nobody looks: a column between two of them has the value before it. */
function carried(values: readonly number[]): number[] {
  const filled = [...values];
  for (let at = 1; at < filled.length; at++) {
    const isGap = !Number.isFinite(filled[at] ?? 0) && Number.isFinite(values[at + 1] ?? Number.NaN);
    if (isGap && Number.isFinite(values[at - 1] ?? Number.NaN)) filled[at] = values[at - 1] as number;
  }
  return filled;
}
