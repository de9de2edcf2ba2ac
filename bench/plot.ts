import { boundOf, type Verdict } from './targets.ts';

const WIDTH = 960;
const LABELS = 400;
const RIGHT = 110;
const ROW = 26;
const TOP = 74;
const BAR = 12;
/** A bar ends at this many times its bound, whatever the value is. */
const MOST = 2;

const COLOURS = { met: '#2f7d4f', missed: '#b5532a', bound: '#333333', text: '#222222', faint: '#d9d9d9' };

/**
 * A picture of every target that has been measured: how much of its bound a figure takes up. One is the bound, further
 * left is better, whichever way the bound points; the thin line is from the least to the most of the rounds.
 */
export function plotOf(verdicts: readonly Verdict[]): string {
  const shown = verdicts.filter(
    ({ measured, target }) => measured !== undefined && (target.atMost ?? target.atLeast) !== 0,
  );
  const height = TOP + shown.length * ROW + 24;
  const grid = [0, 0.5, 1, 1.5, 2].map((at) => {
    const colour = at === 1 ? COLOURS.bound : COLOURS.faint;
    return (
      `<line x1="${x(at)}" x2="${x(at)}" y1="${TOP - 8}" y2="${height - 20}" stroke="${colour}"/>` +
      text(x(at), TOP - 14, at === 1 ? 'the bound' : `${at} ×`, 'middle')
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" ` +
      `font-size="12" fill="${COLOURS.text}">`,
    '<title>Each figure as a share of its bound; left of the bound is within it</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(12, 24, 'Each figure as a share of its bound: left of the line is within it', 'start', 15),
    text(12, 42, 'median of the rounds; the thin line is from the least to the most; bars end at 2 ×', 'start', 11),
    ...grid,
    ...shown.map((verdict, i) => rowOf(verdict, TOP + i * ROW)),
    '</svg>',
    '',
  ].join('\n');
}

function rowOf({ target, measured, met }: Verdict, y: number): string {
  if (measured === undefined) return '';
  const { median, min, max } = measured;
  const colour = met ? COLOURS.met : COLOURS.missed;
  const middle = y + ROW / 2;
  const [from, to] = [min, max].map((value) => x(usedOf(value, target))).sort((a, b) => a - b) as [number, number];
  return [
    text(LABELS - 12, middle + 4, `${target.what} (${boundOf(target)})`, 'end'),
    `<rect x="${x(0)}" y="${middle - BAR / 2}" width="${x(usedOf(median, target)) - x(0)}" height="${BAR}" fill="${colour}"/>`,
    `<line x1="${from}" x2="${to}" y1="${middle}" y2="${middle}" stroke="${COLOURS.bound}"/>`,
    text(WIDTH - RIGHT + 12, middle + 4, `${short(median)}${met ? '' : ', missed'}`, 'start'),
  ].join('');
}

/** One is the bound; less is better, for a bound from below too. */
function usedOf(value: number, { atMost, atLeast }: Verdict['target']): number {
  return atMost === undefined ? (atLeast ?? 0) / value : value / atMost;
}

function x(used: number): number {
  const share = Math.min(Math.max(used, 0), MOST) / MOST;
  return Math.round(LABELS + share * (WIDTH - LABELS - RIGHT));
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

function text(at: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', size = 12): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at}" y="${y}" text-anchor="${anchor}" font-size="${size}">${safe}</text>`;
}
