import { isAbsolute, join } from 'node:path';
import { Complaint, quoted } from './complaint.ts';
import type { Json, JsonSchema } from './json.ts';
import { listOf, type Parse, text } from './parse.ts';
import type { YamlValue } from './yaml.ts';

/** What a value may depend on besides its text. */
export interface Context {
  /** Relative paths start here: the directory of the file they stand in. @default the working directory */
  readonly directory?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Who may read the file that the value stands in. */
  readonly fileMode?: number | undefined;
}

/** How one setting is read, wherever it stands, and shown. */
export interface Format<T> {
  /**
   * From a flag or a variable. Throws an Error that completes "… must be", or a Complaint.
   */
  fromText(text: string, context: Context): T;
  /** From the file. Throws an OperatorError with its place, or what `fromText` throws. */
  fromYaml(value: YamlValue, context: Context): T;
  /** As somebody would have written it in the file, secrets redacted; undefined for what is not there. */
  show(value: T): Json | undefined;
  readonly schema: JsonSchema;
  /** Text that cannot be read is not repeated: it may be a secret. */
  readonly secret?: true;
}

const shown = <T>({ show }: Parse<T>, value: T): Json => (show === undefined ? (value as Json) : show(value));

/** One value. */
export function one<T>(parse: Parse<T>): Format<T> {
  return {
    fromText: parse,
    fromYaml: (value) => value.scalar(parse),
    show: (value) => shown(parse, value),
    schema: parse.schema ?? { type: 'string' },
  };
}

/** One value that need not be there. */
export function optional<T>(format: Format<T>): Format<T | undefined> {
  return { ...format, show: (value) => (value === undefined ? undefined : format.show(value)) };
}

/** Several values: a list in the file, or texts with commas between them. */
export function many<T>(item: Parse<T>): Format<readonly T[]> {
  const parse = listOf(item);
  const itemSchema = item.schema ?? { type: 'string' };
  return {
    fromText: parse,
    fromYaml: (value) => (value.isList ? value.items().map((each) => each.scalar(item)) : value.scalar(parse)),
    show: (values) => values.map((value) => shown(item, value)),
    schema: { anyOf: [{ type: 'array', items: itemSchema }, { type: 'string' }] },
  };
}

/** Some words of a set: a list in the file, or a text such as `all`. */
export function someWords<T extends string>(parse: Parse<readonly T[]>, words: readonly T[]): Format<readonly T[]> {
  return {
    fromText: parse,
    fromYaml: (value) =>
      value.isList
        ? parse(
            value
              .items()
              .map((item) => item.text())
              .join(),
          )
        : value.scalar(parse),
    show: (values) => (values.length === words.length ? 'all' : values.length === 0 ? 'none' : [...values]),
    schema: { anyOf: [{ enum: ['all', 'none', ...words] }, { type: 'array', items: { enum: words } }] },
  };
}

/** The name of a file; in a configuration file it is taken from that file's directory. */
export const filePath: Format<string> = {
  ...one(text),
  fromYaml: (value, { directory = '' }) => {
    const path = value.scalar(text);
    return isAbsolute(path) ? path : join(directory, path);
  },
};

/** JavaScript's own names: who writes them means harm, or has made a mistake. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];
const MOST_PAIRS = 128;

/** Keys with a text each: a mapping in the file, `key=value,key=value` with percent-encoded values elsewhere. */
export const pairs: Format<Readonly<Record<string, string>>> = {
  fromText: (written) => keyValueList(written),
  fromYaml: (value) => Object.fromEntries(value.entries().map(({ name, value: each }) => [name, each.scalar(text)])),
  show: (values) => (Object.keys(values).length === 0 ? undefined : values),
  schema: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
};

/** `key=value,key=value`, the values percent-encoded, as OpenTelemetry's variables have it. */
export function keyValueList(written: string): Readonly<Record<string, string>> {
  const list = listOf(text)(written).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error('key=value pairs with commas between them');
    const key = pair.slice(0, at).trim();
    if (RESERVED.includes(key)) throw new Complaint(`has the key ${quoted(key)}, which is refused`);
    try {
      return [key, decodeURIComponent(pair.slice(at + 1).trim())] as const;
    } catch {
      throw new Error('key=value pairs whose values are percent-encoded');
    }
  });
  if (list.length > MOST_PAIRS) throw new Error(`${MOST_PAIRS} pairs at most`);
  return Object.fromEntries(list);
}
