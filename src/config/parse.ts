import type { Json, JsonSchema } from './json.ts';

/**
 * Turns the text of a setting into its value. Throws an Error whose message completes "… must be": what was expected.
 */
export interface Parse<T> {
  (text: string): T;
  /** What an editor is told of the value in a file. @default any text */
  readonly schema?: JsonSchema;
  /** The value as somebody would have written it. @default the value itself */
  readonly show?: (value: T) => Json;
}

const expected = (what: string): never => {
  throw new Error(what);
};

const described = <T>(parse: (text: string) => T, more: Pick<Parse<T>, 'schema' | 'show'>): Parse<T> =>
  Object.assign((text: string) => parse(text), more);

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Parse<number> {
  return described(
    (text) => {
      const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : expected(`a whole number from ${min} to ${max}`);
    },
    { schema: { type: 'integer', minimum: min, maximum: max } },
  );
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A length of time such as `500ms`, `1s`, `5m`, in milliseconds; a bare number counts `bareUnit`. */
export function duration(minMs: number, maxMs: number, bareUnit: 'ms' | 's' = 's'): Parse<number> {
  return described(
    (text) => {
      const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
      const value = match === null ? Number.NaN : Number(match[1]) * (UNITS_MS[match[2] ?? bareUnit] ?? Number.NaN);
      const range = `from ${minMs} ms to ${maxMs / 1000} s`;
      const bare = bareUnit === 's' ? 'seconds' : 'milliseconds';
      return value >= minMs && value <= maxMs
        ? value
        : expected(`a duration ${range} (500ms, 1s, 5m; a bare number is ${bare})`);
    },
    {
      schema: { type: ['string', 'number'], pattern: '^\\s*\\d+(\\.\\d+)?\\s*(ms|s|m|h)?\\s*$', minimum: 0 },
      show: (ms) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`),
    },
  );
}

const UNITS_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A number of bytes such as `64KiB`, `10MiB`; a bare number counts bytes. */
export function bytes(min: number, max: number): Parse<number> {
  const inMib = (value: number): string => `${value / 1024 ** 2} MiB`;
  return described(
    (text) => {
      const match = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(text.trim());
      const value = match === null ? Number.NaN : Number(match[1]) * (UNITS_BYTES[match[2] ?? 'B'] ?? Number.NaN);
      return value >= min && value <= max
        ? value
        : expected(`a size from ${min / 1024} KiB to ${inMib(max)} (64KiB, 10MiB; a bare number is bytes)`);
    },
    {
      schema: { type: ['string', 'integer'], pattern: '^\\s*\\d+\\s*(B|KiB|MiB|GiB)?\\s*$', minimum: 0 },
      show: (value) => {
        const unit = ['GiB', 'MiB', 'KiB'].find((name) => value % (UNITS_BYTES[name] ?? 1) === 0) ?? 'B';
        return `${value / (UNITS_BYTES[unit] ?? 1)}${unit}`;
      },
    },
  );
}

/** One of a fixed set of words. */
export function oneOf<const T extends string>(words: readonly T[]): Parse<T> {
  return described((text) => words.find((word) => word === text.trim()) ?? expected(`one of ${words.join(', ')}`), {
    schema: { enum: words },
  });
}

/** A comma-separated list; spaces around its items do not count. */
export function listOf<T>(item: Parse<T>): Parse<readonly T[]> {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => item(part));
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
export const flag: Parse<boolean> = described(
  (text) => {
    const word = text.trim().toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(word)) return true;
    if (['false', '0', 'no', 'off'].includes(word)) return false;
    return expected('true or false');
  },
  { schema: { anyOf: [{ type: 'boolean' }, { enum: ['on', 'off', 'yes', 'no'] }] } },
);

/** As OpenTelemetry's variables have it: `true` in any letters is true, `false` false, and nothing else is either. */
export const trueOrFalse: Parse<boolean> = described((text) => flag(/^(true|false)$/i.test(text.trim()) ? text : ''), {
  schema: { type: 'boolean' },
});

/** Any text that is not empty. */
export const text: Parse<string> = described((value) => (value.trim() === '' ? expected('not empty') : value), {
  schema: { type: 'string', minLength: 1 },
});

/** An IP address or `localhost`: what a socket can be bound to. */
export function bindAddress(isIp: (value: string) => number): Parse<string> {
  return (value) => {
    const address = value.trim().replace(/^\[(.*)\]$/, '$1');
    if (address === 'localhost') return '127.0.0.1';
    return isIp(address) === 0 ? expected('an IP address (127.0.0.1, 0.0.0.0, ::1) or localhost') : address;
  };
}

/** An `http:` or `https:` URL. */
export const httpUrl: Parse<string> = described(
  (value) => {
    const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
    return url?.protocol === 'http:' || url?.protocol === 'https:'
      ? value.trim()
      : expected('an http:// or https:// URL');
  },
  { schema: { type: 'string', pattern: '^\\s*https?://' } },
);
