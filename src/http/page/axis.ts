/** How far an axis reaches, and where its lines are. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Whether equal distances are equal factors. */
  readonly logarithmic: boolean;
}

/** How an axis is laid out for values from the least to the greatest. */
export type AxisFor = (least: number, greatest: number) => Axis;

/** From 0 to a round number; by factors when values differ by many. */
export const decimal: AxisFor = (least, greatest) =>
  isWide(least, greatest) ? decades(least, greatest) : fromZero(greatest);

/** From 0 to a round number of whole things. */
export const whole: AxisFor = (_, greatest) => {
  const { high, ...axis } = fromZero(Math.max(greatest, 1.9));
  return high % 2 === 0 ? { high, ...axis } : linear(high + 1);
};

/** From 0 to a round number of bytes, KiB or MiB; by factors when values differ by many. */
export const binary: AxisFor = (least, greatest) => {
  const wide = isWide(least, greatest);
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(Math.max(wide ? least : greatest, 1)) / Math.log(1024)));
  const axis = wide ? decades(least / unit, greatest / unit) : fromZero(greatest / unit);
  return { ...axis, low: axis.low * unit, high: axis.high * unit, ticks: axis.ticks.map((tick) => tick * unit) };
};

/** From 0 to 100 per cent, whatever the values are. */
export const hundred: AxisFor = () => linear(100);

/** Times people count in: the half of each is one too. */
const TIMES = [1, 2, 4, 10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];

/** From 0 to a round time, from seconds. */
export const time: AxisFor = (_, greatest) =>
  linear(TIMES.find((candidate) => candidate >= greatest) ?? Math.ceil(greatest / 172_800) * 172_800);

/** From the decade below the least to the one above the greatest: round trips differ by factors, not by sums. */
export const decades: AxisFor = (least, greatest) => {
  const from = Math.floor(Math.log10(Math.max(least, 1e-6)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(greatest, 1e-6))));
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
  return { low: 10 ** from, high: 10 ** to, ticks, logarithmic: true };
};

/** Figures of each peer are those of the whole process while the first one comes: the rest would be a line at 0. */
const isWide = (least: number, greatest: number): boolean => least > 0 && greatest / least > 20;

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** To a round number that leaves some room above the greatest value. */
function fromZero(greatest: number): Axis {
  const half = (1.04 * Math.max(greatest, 1e-9)) / 2;
  const power = 10 ** Math.floor(Math.log10(half));
  return linear(2 * power * (STEPS.find((step) => step * power >= half) ?? 10));
}

function linear(high: number): Axis {
  return { low: 0, high, ticks: [0, high / 2, high], logarithmic: false };
}
