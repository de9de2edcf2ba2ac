import { escapeHtml } from './markup.ts';
import type { Scale } from './scale.ts';

/** One line of a chart; `null` interrupts it. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number | null])[];
}

export interface ChartInit {
  /** Letters and hyphens: the page refers to it. */
  readonly id: string;
  readonly title: string;
  readonly yUnit: string;
  readonly xUnit: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly series: readonly Series[];
  /** Places on the x axis with a name, such as the start of a phase. */
  readonly marks?: readonly { readonly x: number; readonly name: string }[];
}

/** Small enough that its letters can be read on a phone, which shows it at about 0.7 of its size. */
const WIDTH = 480;
const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 14;
const TOP = 22;
const BOTTOM = 40;

/** A line chart as SVG: no script, and nothing to load. */
export function chart(init: ChartInit): string {
  const { id, title, yUnit, xUnit, x, y, series, marks = [] } = init;
  const px = (value: number): number => round(LEFT + x.place(value) * (WIDTH - LEFT - RIGHT));
  const py = (value: number): number => round(HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM));
  const grid = [
    ...y.ticks.map(
      ({ value, label }) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(value)}" y2="${py(value)}"/><text x="${LEFT - 6}" y="${py(value) + 4}" text-anchor="end">${escapeHtml(label)}</text>`,
    ),
    ...x.ticks.map(
      ({ value, label }) =>
        `<text x="${px(value)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${escapeHtml(label)}</text>`,
    ),
    ...marks.map(
      ({ x: at, name }) =>
        `<line class="mark" x1="${px(at)}" x2="${px(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"><title>${escapeHtml(name)}</title></line>`,
    ),
  ];
  const lines = series.map(
    ({ name, points }, index) =>
      `<path class="line s${index}" d="${path(points, px, py)}"><title>${escapeHtml(name)}</title></path>`,
  );
  const legend = series.map(({ name }, index) => `<span class="key s${index}">${escapeHtml(name)}</span>`).join(' ');
  return `<figure><figcaption><strong id="${id}">${escapeHtml(title)}</strong> ${legend}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}">
${grid.join('\n')}
<text x="${LEFT - 6}" y="12" text-anchor="end">${escapeHtml(yUnit)}</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${escapeHtml(xUnit)}</text>
${lines.join('\n')}
</svg></figure>`;
}

function path(points: Series['points'], px: (x: number) => number, py: (y: number) => number): string {
  let drawing = false;
  return points
    .map(([x, y]) => {
      if (y === null) {
        drawing = false;
        return '';
      }
      // A point between two gaps would have no length: every start is drawn as a dot.
      const command = drawing ? `L${px(x)} ${py(y)}` : `M${px(x)} ${py(y)}h0.1`;
      drawing = true;
      return command;
    })
    .join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
