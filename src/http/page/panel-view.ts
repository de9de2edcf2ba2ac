import type { LivePoint } from '../../live/feed.ts';
import type { Colours } from './colours.ts';
import { element, setAttribute, setText } from './dom.ts';
import { clock, type Format, NOTHING, written } from './format.ts';
import type { Panel, PanelPlot } from './panels.ts';
import { type Line, Plot } from './plot.ts';
import { type ReadingView, readingView } from './reading.ts';
import { isPoint, type Moment } from './timeline.ts';

/** What all plots of a panel take together, in CSS pixels, without the time axis. */
const PLOTS_HEIGHT = 144;
const TIMES_HEIGHT = 18;

/** A panel: its title, its figure, its legend, its plots. */
export class PanelView {
  readonly root: HTMLElement;
  readonly #panel: Panel;
  readonly #now: ReadingView;
  readonly #beside = element('span', { class: 'beside' });
  readonly #note = element('p', { class: 'note' });
  readonly #time = element('span', { class: 'at' });
  readonly #legend: readonly ReadingView[];
  readonly #frames: readonly HTMLElement[];
  #plots: readonly Plot[] = [];

  constructor(panel: Panel) {
    this.#panel = panel;
    this.#now = readingView(panel.now);
    const entries = legendOf(panel);
    this.#legend = entries.flatMap(({ view }) => view ?? []);
    this.#frames = panel.plots.map(() => element('div', { class: 'plot', role: 'img' }));
    this.root = element(
      'section',
      { class: 'panel', id: panel.id, 'aria-labelledby': `${panel.id}-title` },
      element('h2', { id: `${panel.id}-title` }, panel.title),
      element('p', { class: 'now' }, this.#now.root, this.#beside, this.#time),
      element('ul', { class: 'legend' }, ...entries.map(({ item }) => item)),
      element('div', { class: 'plots' }, ...this.#frames, this.#note),
    );
  }

  /**
   * Makes the plots: they need to know how wide they are.
   *
   * @param onPoint told the index of the moment the reader points at
   */
  mount(colours: Colours, onPoint: (index: number | null) => void): void {
    const shares = this.#panel.plots.reduce((sum, { share }) => sum + share, 0);
    this.#plots = this.#panel.plots.map(({ share, ...plot }, index) => {
      const times = index === this.#panel.plots.length - 1;
      const height = Math.round((PLOTS_HEIGHT * share) / shares) + (times ? TIMES_HEIGHT : 0);
      const frame = this.#frames[index] ?? this.root;
      return new Plot(frame, { ...plot, height, times, colours, onPoint });
    });
  }

  /** The figures of this point; of the newest, unless the reader points at another. */
  show(point: LivePoint | undefined, pointedAt: boolean): void {
    this.#now.show(point);
    for (const view of this.#legend) view.show(point);
    setText(this.#beside, point === undefined ? '' : this.#panel.beside(point));
    setText(this.#note, point === undefined ? '' : (this.#panel.note?.(point) ?? ''));
    setText(this.#time, pointedAt && point !== undefined ? clock(point.atMs) : '');
  }

  /** Draws the plots, and says in words what they show. */
  draw(moments: readonly Moment[], spanMs: number): void {
    this.#plots.forEach((plot, index) => {
      plot.draw(moments, spanMs);
      const shown = this.#panel.plots[index];
      const frame = this.#frames[index];
      if (shown !== undefined && frame !== undefined) {
        setAttribute(frame, 'aria-label', inWords(this.#panel.title, shown, moments, spanMs));
      }
    });
  }

  redraw(): void {
    for (const plot of this.#plots) plot.redraw();
  }
}

interface LegendEntry {
  readonly item: HTMLElement;
  readonly view: ReadingView | undefined;
}

/** Lines, when there are several, and facts. A line whose figure is the panel's own goes without one. */
function legendOf({ plots, facts = [], now }: Panel): LegendEntry[] {
  const lines = plots.flatMap(({ lines, format }) => lines.map((line) => ({ line, format })));
  const ofLines = lines.map(({ line, format }) => {
    const swatch = element('i', { class: `swatch ${line.colour}` });
    if (line.value === now.value) return entry(line.name, [swatch]);
    const missing = now.missing === undefined ? {} : { missing: now.missing };
    return entry(line.name, [swatch], readingView({ value: (point) => line.value(point, point), format, ...missing }));
  });
  const ofFacts = facts.map(({ name, reading }) => entry(name, [], readingView(reading)));
  return [...(lines.length > 1 ? ofLines : []), ...ofFacts];
}

function entry(name: string, before: readonly HTMLElement[], view?: ReadingView): LegendEntry {
  const after = view === undefined ? [] : [' ', view.root];
  return { view, item: element('li', {}, ...before, element('span', { class: 'name' }, name), ...after) };
}

/** What the plot shows, for those who do not see it. */
function inWords(title: string, plot: PanelPlot, moments: readonly Moment[], spanMs: number): string {
  const lines = plot.lines.map((line) => lineInWords(line, plot.format, moments));
  return `${title}, last ${spanMs / 60_000} min: ${lines.join('; ')}`;
}

function lineInWords({ name, value }: Line, format: Format, moments: readonly Moment[]): string {
  const points = moments.filter(isPoint);
  const newest = points.at(-1);
  const values = newest === undefined ? [] : points.flatMap((point) => value(point, newest) ?? []);
  const now = written(format(newest === undefined ? null : value(newest, newest)));
  if (values.length === 0) return `${name} not known`;
  const least = values.reduce((low, one) => Math.min(low, one));
  const greatest = values.reduce((high, one) => Math.max(high, one));
  return `${name} now ${now === NOTHING ? 'not known' : now}, from ${written(format(least))} to ${written(format(greatest))}`;
}
