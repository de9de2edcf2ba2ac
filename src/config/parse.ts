/**
 * Turns the text of a setting into its value. Throws an Error whose message completes "… must be": what was expected.
 */
export type Parse<T> = (text: string) => T;

const expected = (what: string): never => {
  throw new Error(what);
};

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Parse<number> {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : expected(`a whole number from ${min} to ${max}`);
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A length of time such as `500ms`, `1s`, `5m`, in milliseconds; a bare number counts `bareUnit`. */
export function duration(minMs: number, maxMs: number, bareUnit: 'ms' | 's' = 's'): Parse<number> {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
    const value = match === null ? Number.NaN : Number(match[1]) * (UNITS_MS[match[2] ?? bareUnit] ?? Number.NaN);
    const range = `from ${minMs} ms to ${maxMs / 1000} s`;
    const bare = bareUnit === 's' ? 'seconds' : 'milliseconds';
    return value >= minMs && value <= maxMs
      ? value
      : expected(`a duration ${range} (500ms, 1s, 5m; a bare number is ${bare})`);
  };
}

/** One of a fixed set of words. */
export function oneOf<const T extends string>(words: readonly T[]): Parse<T> {
  return (text) => words.find((word) => word === text.trim()) ?? expected(`one of ${words.join(', ')}`);
}

/** A comma-separated list; spaces around its items do not count. */
export function listOf<T>(item: Parse<T>): Parse<readonly T[]> {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(item);
}

/** `all`, `none`, or some of a fixed set of words, separated by commas. */
export function someOf<const T extends string>(words: readonly T[]): Parse<readonly T[]> {
  const isKnown = (word: string): word is T => (words as readonly string[]).includes(word);
  return (text) => {
    const chosen = listOf((word) => word)(text);
    if (chosen.join() === 'all') return words;
    if (chosen.join() === 'none') return [];
    return chosen.length > 0 && chosen.every(isKnown) ? chosen : expected(`all, none or some of ${words.join(', ')}`);
  };
}

/** `true` or `false`, also `1`/`0`, `yes`/`no`, `on`/`off`. */
export const flag: Parse<boolean> = (text) => {
  const word = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  return expected('true or false');
};

/** Any text that is not empty. */
export const text: Parse<string> = (value) => (value.trim() === '' ? expected('not empty') : value);

/** An IP address or `localhost`: what a socket can be bound to. */
export function bindAddress(isIp: (value: string) => number): Parse<string> {
  return (value) => {
    const address = value.trim().replace(/^\[(.*)\]$/, '$1');
    if (address === 'localhost') return '127.0.0.1';
    return isIp(address) === 0 ? expected('an IP address (127.0.0.1, 0.0.0.0, ::1) or localhost') : address;
  };
}

/** An `http:` or `https:` URL. */
export const httpUrl: Parse<string> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:'
    ? value.trim()
    : expected('an http:// or https:// URL');
};
