/** Where a value stands between the two ends of an axis, and what to write beside it. */
export interface Scale {
  /** From 0 to 1. */
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

const TICKS = 4;

/** From 0 to a round number above the largest value. */
export function linear(max: number): Scale {
  const step = roundStep(Math.max(max, 1e-9) / TICKS);
  const top = step * Math.max(1, Math.ceil(max / step));
  const count = Math.round(top / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => tick(step * index));
  return { place: (value) => value / top, ticks };
}

/** Decades from below the smallest to above the largest value: round trips differ by factors, not by sums. */
export function logarithmic(min: number, max: number): Scale {
  const low = Math.floor(Math.log10(Math.max(min, 1e-3)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(max, 1e-3))));
  const place = (value: number): number => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  return { place, ticks: Array.from({ length: high - low + 1 }, (_, index) => tick(10 ** (low + index))) };
}

/** Per cent, as far as `max`, the last ones ever wider: 90, 99 and 99.9 stand at equal distances. */
export function percentiles(max: number): Scale {
  const depth = (percent: number): number => -Math.log10(1 - Math.min(percent, max) / 100);
  const shown = [0, 50, 90, 99, 99.9, 99.99, 99.999].filter((percent) => percent <= max);
  const place = (percent: number): number => depth(percent) / depth(max);
  return { place, ticks: shown.map((value) => ({ value, label: `${value}%` })) };
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * 0.999) ?? 10;
  return factor * power;
}

function tick(value: number): { value: number; label: string } {
  const rounded = Number(value.toPrecision(6));
  return { value, label: rounded >= 10_000 ? `${rounded / 1000}k` : String(rounded) };
}
