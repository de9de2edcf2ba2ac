import type { Key } from 'node:readline';
import type { Screen, View } from './screen.ts';
import { SORTS, type Sort } from './table.ts';

/** What a key press asks for besides another view. */
export type Wish = 'leave' | 'suspend';

/** The view after a key, or what else it asks for. `text` is what the key would type. */
export function pressed(view: View, text: string | undefined, key: Key, screen: Screen): View | Wish {
  if (key.ctrl === true && key.name === 'c') return 'leave';
  if (key.ctrl === true && key.name === 'z') return 'suspend';
  if (view.typing) return typed(view, text, key);
  if (view.help) return { ...view, help: false };
  if (text === 'q') return 'leave';
  if (text === '?') return { ...view, help: true };
  if (text === '/') return { ...view, typing: true, scroll: 0 };
  if (text === ' ') return { ...view, paused: !view.paused };
  if (key.name === 'escape') return { ...view, filter: '', scroll: 0 };
  const sort = (Object.keys(SORTS) as Sort[]).find((each) => SORTS[each].key === text);
  if (sort !== undefined) return { ...view, sort, reversed: sort === view.sort && !view.reversed, scroll: 0 };
  return { ...view, scroll: scrolled(view.scroll, key.name, screen) };
}

function scrolled(scroll: number, name: string | undefined, { scrollEnd, page }: Screen): number {
  const from = Math.min(scroll, scrollEnd);
  const wanted: Readonly<Record<string, number>> = {
    up: from - 1,
    down: from + 1,
    pageup: from - page,
    pagedown: from + page,
    home: 0,
    end: scrollEnd,
  };
  return Math.max(0, Math.min(scrollEnd, wanted[name ?? ''] ?? from));
}

/** Longer than any address. */
const LONGEST_FILTER = 100;

function typed(view: View, text: string | undefined, { name, ctrl, meta }: Key): View {
  if (name === 'return' || name === 'enter') return { ...view, typing: false };
  if (name === 'escape') return { ...view, typing: false, filter: '' };
  if (name === 'backspace') return { ...view, filter: view.filter.slice(0, -1) };
  const isText = text !== undefined && ctrl !== true && meta !== true && /^[\u0020-\u007e]$/.test(text);
  return isText ? { ...view, filter: (view.filter + text).slice(0, LONGEST_FILTER) } : view;
}
