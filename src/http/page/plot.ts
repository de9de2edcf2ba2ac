import uPlot from 'uplot';
import type { LivePoint } from '../../live/feed.ts';
import type { Axis, AxisFor } from './axis.ts';
import type { ColourName, Colours } from './colours.ts';
import { clock, type Format, tick } from './format.ts';
import { isPoint, type Moment, newest } from './timeline.ts';

/** One line of a plot. */
export interface Line {
  readonly name: string;
  /** @param newest the newest point there is, for lines that mean another thing by then */
  readonly value: (point: LivePoint, newest: LivePoint) => number | null;
  readonly colour: ColourName;
  /** Lines differ in more than their colour. */
  readonly dash?: readonly number[];
  readonly fill?: ColourName;
}

export interface PlotInit {
  readonly lines: readonly Line[];
  readonly axis: AxisFor;
  readonly format: Format;
  /** In CSS pixels, its time axis included. */
  readonly height: number;
  /** Whether times are written below it. @default true */
  readonly times?: boolean;
  readonly colours: Colours;
  /** The index of the moment the reader points at, in the moments drawn last. */
  readonly onPoint: (index: number | null) => void;
}

const SCALE_WIDTH = 58;
const TIMES_HEIGHT = 20;
const THIN_HEIGHT = 6;

/** Below this the names of three lines would touch. */
const LOW_HEIGHT = 72;

/** All plots of the page show the same moment under the reader's pointer. */
const CURSOR_KEY = 'page';

/** A line plot of the last minutes. */
export class Plot {
  readonly #init: PlotInit;
  readonly #root: HTMLElement;
  readonly #plot: uPlot;
  #axis: Axis;
  #isEmpty = true;

  constructor(root: HTMLElement, init: PlotInit) {
    this.#init = init;
    this.#root = root;
    this.#axis = init.axis(0, 0);
    this.#plot = new uPlot(this.#options(), [[], ...init.lines.map(() => [])], root);
    // The page says the figures itself, and what is drawn is nothing to operate.
    new ResizeObserver(() => this.#resize()).observe(root);
  }

  /** Draws these moments, the newest at the right edge. */
  draw(moments: readonly Moment[], spanMs: number): void {
    const last = newest(moments);
    const columns = this.#init.lines.map(({ value }) =>
      moments.map((moment) => (last !== undefined && isPoint(moment) ? finite(value(moment, last)) : null)),
    );
    const known = columns.flat().filter((value) => value !== null);
    this.#isEmpty = known.length === 0;
    this.#axis = this.#init.axis(least(known), greatest(known));
    const end = (last?.atMs ?? Date.now()) / 1000;
    this.#plot.batch(() => {
      this.#plot.setData([moments.map(({ atMs }) => atMs / 1000), ...columns], false);
      this.#plot.setScale('x', { min: end - spanMs / 1000, max: end });
      this.#plot.setScale('y', { min: this.#axis.low, max: this.#axis.high });
    });
  }

  /** The theme is another one. */
  redraw(): void {
    this.#plot.redraw(false, true);
  }

  #resize(): void {
    const width = Math.floor(this.#root.clientWidth);
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#init.height });
  }

  #options(): uPlot.Options {
    const { lines, format, height, times = true, colours, onPoint } = this.#init;
    const grid = { stroke: () => colours.of('rule'), width: 1 };
    const font = `11px ${getComputedStyle(this.#root).fontFamily}`;
    const shared = { font, stroke: () => colours.of('dim'), grid, ticks: { show: false } };
    return {
      width: Math.max(100, Math.floor(this.#root.clientWidth)),
      height,
      padding: [8, 10, times ? 0 : THIN_HEIGHT, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key: CURSOR_KEY } },
      scales: {
        x: { time: true, auto: false },
        y: {
          auto: false,
          range: () => [this.#axis.low, this.#axis.high],
          distr: 100,
          fwd: (value) => (this.#axis.logarithmic ? Math.log10(Math.max(value, this.#axis.low)) : value),
          bwd: (value) => (this.#axis.logarithmic ? 10 ** value : value),
        },
      },
      axes: [
        { ...shared, show: times, size: TIMES_HEIGHT, gap: 4, space: 64, values: timesOfDay },
        {
          ...shared,
          size: SCALE_WIDTH,
          gap: 6,
          splits: () => [...this.#axis.ticks],
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((split) => (this.#isNamed(split) ? tick(format, split) : '')),
        },
      ],
      series: [{}, ...lines.map((line) => this.#series(line))],
      hooks: { setCursor: [({ cursor: { idx, left = -1 } }) => onPoint(left < 0 ? null : (idx ?? null))] },
    };
  }

  /** A low plot has room for the name of its top only, and one without values has no scale. */
  #isNamed(split: number): boolean {
    return !this.#isEmpty && (this.#init.height >= LOW_HEIGHT || split === this.#axis.high);
  }

  #series({ colour, dash, fill }: Line): uPlot.Series {
    const { colours } = this.#init;
    return {
      stroke: () => colours.of(colour),
      width: 1.5,
      points: { show: false },
      ...(dash === undefined ? {} : { dash: [...dash] }),
      ...(fill === undefined ? {} : { fill: () => colours.of(fill) }),
    };
  }
}

/** Half of what the widest of them takes: closer to the left edge it would lie on the scale's names. */
const HALF_A_TIME = 26;

function timesOfDay(plot: uPlot, splits: readonly number[]): string[] {
  const withSeconds = splits.some((split) => split % 60 !== 0);
  return splits.map((split) => (plot.valToPos(split, 'x') < HALF_A_TIME ? '' : clock(split * 1000, withSeconds)));
}

function finite(value: number | null): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

// Not Math.min(...values): a span holds thousands of them.
const least = (values: readonly number[]): number =>
  values.reduce((low, value) => Math.min(low, value), values[0] ?? 0);
const greatest = (values: readonly number[]): number => values.reduce((high, value) => Math.max(high, value), 0);
