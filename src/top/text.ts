import { escapeText } from '../log/logger.ts';

/** Whether a terminal can be expected to show more than ASCII. */
export function isUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  // The order in which the C library looks at them.
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/**
 * Text from outside, fit for a terminal: nothing in it moves the cursor or turns the line around, and each character
 * takes one column. Letters beyond Latin are shown as `\uXXXX`, for some are two columns wide and others none.
 */
export function harmless(text: unknown, unicode: boolean): string {
  const beyond = unicode ? /[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f]/g : /[^\u0020-\u007e]/g;
  return escapeText(String(text)).replace(beyond, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The text in so many columns: its middle left out when it is longer, for ids differ at their ends. */
export function shorten(text: string, columns: number, ellipsis: string): string {
  if (text.length <= columns) return text;
  const kept = columns - ellipsis.length;
  if (kept < 2) return text.slice(0, Math.max(0, columns));
  const head = Math.ceil(kept / 2);
  return text.slice(0, head) + ellipsis + text.slice(text.length - (kept - head));
}

/** The text in exactly so many columns: cut, or filled with spaces. */
export function fit(text: string, columns: number): string {
  return text.slice(0, Math.max(0, columns)).padEnd(columns);
}
