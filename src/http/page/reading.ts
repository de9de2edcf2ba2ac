import type { LivePoint } from '../../live/feed.ts';
import { element, setAttribute, setText } from './dom.ts';
import { type Format, NOTHING } from './format.ts';

/** A figure of a point, how it is written, and why there may be none. */
export interface Reading {
  readonly value: (point: LivePoint) => number | null;
  readonly format: Format;
  /** Why there is no figure, when there is none. */
  readonly missing?: string;
}

/** A place in the page that shows a reading: the text for people, the plain number as its `value`. */
export interface ReadingView {
  readonly root: HTMLElement;
  show(point: LivePoint | undefined): void;
}

export function readingView({ value, format, missing = 'not measured' }: Reading): ReadingView {
  const figure = element('span', { class: 'figure' }, NOTHING);
  const unit = element('span', { class: 'unit' });
  const root = element('data', { class: 'reading' }, figure, unit);
  return {
    root,
    show(point) {
      const raw = point === undefined ? null : value(point);
      const shown = format(raw);
      const absent = shown.text === NOTHING;
      setText(figure, shown.text);
      setText(unit, shown.unit);
      setAttribute(root, 'value', absent ? null : String(raw));
      setAttribute(root, 'title', absent ? (point === undefined ? 'nothing has been received yet' : missing) : null);
    },
  };
}
