/** A figure as it is shown. */
export interface Shown {
  readonly text: string;
  readonly unit: string;
}

/** What stands where there is no figure. */
export const NOTHING = '—';

const NO_FIGURE: Shown = { text: NOTHING, unit: '' };

export type Format = (value: number | null) => Shown;

/** Figure and unit in one line. */
export function written({ text, unit }: Shown): string {
  return unit === '' ? text : `${text}\u00a0${unit}`;
}

/** The same on an axis, where numbers are round. */
export function tick(format: Format, value: number): string {
  const { text, unit } = format(value);
  return value === 0 ? '0' : written({ text: text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, ''), unit });
}

/** Whole things. */
export const count = (unit = ''): Format => known((value) => ({ text: whole(value), unit }));

/** Events a second. */
export const perSecond: Format = known((value) => ({
  text: value === 0 || value >= 9.95 ? whole(value) : digits(value, 1),
  unit: '/s',
}));

/** Of one, as per cent. */
export const percentOfOne: Format = known((value) => ({ text: threeDigits(value * 100), unit: '%' }));

/** Per cent. */
export const percent: Format = known((value) => ({ text: threeDigits(value), unit: '%' }));

/** A plain number, such as things for each peer. */
export const plain: Format = known((value) => ({ text: threeDigits(value), unit: '' }));

/** Memory, in powers of 1024. */
export const memory: Format = known((value) => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']));

/** What goes over the network in a second, in powers of 1000. */
export const traffic: Format = known((value) => scaled(value, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s']));

/** A short time, such as a round trip, from its seconds. */
export const shortTime: Format = known((seconds) => {
  if (seconds === 0) return { text: '0', unit: 'ms' };
  // What would be written as 1000 is written in the next unit.
  if (seconds < 0.999_5e-3) return { text: threeDigits(seconds * 1e6), unit: 'µs' };
  if (seconds < 0.999_5) return { text: threeDigits(seconds * 1e3), unit: 'ms' };
  return { text: threeDigits(seconds), unit: 's' };
});

/** A long time, such as a connection's, from its seconds: the two greatest units of it, and no zeros. */
export const longTime: Format = known((seconds) => {
  if (seconds < 60) {
    const short = seconds < 9.95 && !Number.isInteger(seconds);
    return { text: short ? digits(seconds, 1) : whole(Math.floor(seconds)), unit: 's' };
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoUnits(minutes, 'min', Math.floor(seconds % 60), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
});

function twoUnits(great: number, greatUnit: string, small: number, smallUnit: string): Shown {
  const first = { text: whole(great), unit: greatUnit };
  return small === 0 ? first : { text: `${written(first)}\u00a0${small}`, unit: smallUnit };
}

/** A time of day as the reader's own clock has it. */
export function clock(atMs: number, seconds = true): string {
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  return new Intl.DateTimeFormat('en', seconds ? { ...options, second: '2-digit' } : options).format(atMs);
}

/** Day and time, for the title of a shorter text. */
export function moment(atMs: number): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }).format(atMs);
}

function known(format: (value: number) => Shown): Format {
  return (value) => (typeof value === 'number' && Number.isFinite(value) ? format(value) : NO_FIGURE);
}

function scaled(value: number, base: number, units: readonly string[]): Shown {
  let step = 0;
  let rest = value;
  // What would be written as 1000 or more is written in the next unit.
  while (Math.abs(rest) >= 999.5 && step < units.length - 1) {
    rest /= base;
    step += 1;
  }
  return { text: step === 0 ? whole(rest) : threeDigits(rest), unit: units[step] ?? '' };
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 99.95) return whole(value);
  if (size < 0.0995) return digits(value, 3);
  return digits(value, size < 9.995 ? 2 : 1);
}

const formats = [0, 1, 2, 3].map(
  (places) => new Intl.NumberFormat('en', { minimumFractionDigits: places, maximumFractionDigits: places }),
);

const digits = (value: number, places: number): string => formats[places]?.format(value) ?? String(value);
const whole = (value: number): string => digits(value, 0);
