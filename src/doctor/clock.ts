import type { Answer } from '../http/ask.ts';

/**
 * From here on ages are wrong by more than what a healthy way takes (two pushes and a scrape, 5 s each), and what is
 * late cannot be told from what is early.
 */
export const CLOCK_TOLERANCE_SECONDS = 10;

/**
 * How far the clock of whoever answered is ahead of this machine's, in seconds, by the Date header; undefined without
 * one. Good to a second: that is what the header has.
 */
export function clockAhead({ headers, askedAtMs, answeredAtMs }: Answer): number | undefined {
  const theirsMs = Date.parse(headers.date ?? '');
  if (Number.isNaN(theirsMs)) return undefined;
  // The header is cut to the second: on average half of one is missing.
  return (theirsMs + 500 - (askedAtMs + answeredAtMs) / 2) / 1000;
}

/** `2 h 5 min`, `12.5 s`. */
export function lengthOf(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 60) return `${Number(size.toFixed(size < 10 ? 1 : 0))} s`;
  const minutes = Math.round(size / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}
