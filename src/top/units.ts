/** What stands for a value that there is none of. */
export const NONE = '-';

type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === 'number' && Number.isFinite(value);

/** Three digits that count. */
function digits(value: number): string {
  if (value === 0) return '0';
  const whole = Math.abs(value);
  return value.toFixed(whole >= 99.5 ? 0 : whole >= 9.95 ? 1 : 2);
}

/** A number as it is, when it is whole. */
export function count(value: Maybe): string {
  return known(value) ? (Number.isInteger(value) ? String(value) : digits(value)) : NONE;
}

/** A share of 1, in percent. */
export function share(value: Maybe): string {
  return known(value) ? `${digits(100 * value)} %` : NONE;
}

export function percent(value: Maybe): string {
  return known(value) ? `${digits(value)} %` : NONE;
}

/** A short time: microseconds to seconds. */
export function brief(seconds: Maybe): string {
  if (!known(seconds)) return NONE;
  if (seconds >= 0.9995) return `${digits(seconds)} s`;
  return seconds !== 0 && seconds < 0.000_999_5 ? `${Math.round(seconds * 1e6)} us` : `${digits(seconds * 1e3)} ms`;
}

/** How long something has lasted: its two largest units. */
export function lasting(seconds: Maybe): string {
  if (!known(seconds)) return NONE;
  const whole = Math.floor(Math.max(0, seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${pad(Math.floor(whole / 60) % 60)}m`;
  const days = Math.floor(whole / 86_400);
  return days < 100 ? `${days}d${pad(Math.floor(whole / 3600) % 24)}h` : `${days}d`;
}

const pad = (value: number): string => String(value).padStart(2, '0');

export function bytes(value: Maybe): string {
  if (!known(value)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
  return power === 0 ? `${Math.round(value)} B` : `${digits(value / 1024 ** power)} ${units[power]}`;
}

export function rate(value: Maybe): string {
  return known(value) ? `${digits(value)}/s` : NONE;
}

export function byteRate(value: Maybe): string {
  return known(value) ? `${bytes(value)}/s` : NONE;
}

/** The time of day where this runs. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
}
