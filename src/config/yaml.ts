import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import { messageOf, OperatorError } from '../errors.ts';
import { escapeText } from '../log/logger.ts';
import { quoted } from './complaint.ts';
import { nearest } from './nearest.ts';
import type { FileOrigin } from './origin.ts';
import type { Parse } from './parse.ts';

/** Larger files are none that somebody wrote. */
export const MAX_YAML_BYTES = 262_144;

/** Names that are objects of JavaScript's own: no key of a file is called so for a good reason. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
}

/** One key of a mapping and what stands behind it. */
export interface YamlEntry {
  readonly name: string;
  readonly value: YamlValue;
}

/**
 * A value in a YAML file that knows where it stands, so that whoever finds it wrong can say so in one line: file, line,
 * column, key, and what was expected. Reading is strict: no unknown keys, no key twice, no aliases.
 */
export class YamlValue {
  readonly #source: Source;
  readonly #node: Node | null;
  readonly #offset: number;
  readonly #keyOffset: number;
  /** `phases[1].churn`; empty for the whole file. */
  readonly key: string;

  private constructor(source: Source, node: Node | null, key: string, keyOffset: number) {
    this.#source = source;
    this.#node = node;
    this.#offset = node?.range?.[0] ?? keyOffset;
    this.#keyOffset = keyOffset;
    this.key = key;
    if (isAlias(node)) this.fail('is an alias: write the value itself');
  }

  /**
   * Reads a text. Throws an OperatorError (`config`) that names file and line when it is not one YAML document.
   */
  static parse(text: string, file: string): YamlValue {
    const source = { file: escapeText(file), lines: new LineCounter() };
    if (Buffer.byteLength(text) > MAX_YAML_BYTES) throw problem(file, `is larger than ${MAX_YAML_BYTES / 1024} KiB`);
    const documents = documentsOf(text, source);
    const [document, second] = documents;
    if (document === undefined) throw problem(file, 'is empty');
    const error = document.errors[0] ?? second?.errors[0];
    if (error !== undefined) throw problem(placeIn(source, error.pos[0]), syntaxProblem(error));
    if (second !== undefined) throw problem(file, 'holds several documents (---), but must be one');
    return new YamlValue(source, document.contents, '', 0);
  }

  get isMapping(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** Whether nothing stands behind the key. */
  get isNothing(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  /** Where it stands. */
  get origin(): FileOrigin {
    const { line, col } = this.#source.lines.linePos(this.#offset);
    return { kind: 'file', file: this.#source.file, line, column: col, key: this.key };
  }

  /** The values of a mapping by key. Refuses keys that are not among these, and says which was meant. */
  fields<K extends string>(known: readonly K[]): Partial<Record<K, YamlValue>> {
    if (!this.isMapping) return this.fail(`must be a mapping of ${known.join(', ')}`);
    const fields = this.entries().map(({ name, value }) => {
      if (!(known as readonly string[]).includes(name)) throw value.unknownKey(name, known);
      return [name, value] as const;
    });
    return Object.fromEntries(fields) as Partial<Record<K, YamlValue>>;
  }

  /**
   * The keys of a mapping, whatever they are called, and their values. Refuses a key twice, and JavaScript's own.
   *
   * @param complain is told what is wrong with single entries, which are left out then. @default throws it
   */
  entries(complain: (error: OperatorError) => void = raise): YamlEntry[] {
    if (!isMap(this.#node)) return this.fail('must be a mapping');
    const entries = new Map<string, YamlEntry>();
    for (const { key, value } of this.#node.items as Pair<Node, Node | null>[]) {
      try {
        const entry = this.#entry(key, value);
        if (entries.has(entry.name)) throw entry.value.#refusedKey(entry.name, 'is there twice');
        entries.set(entry.name, entry);
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        complain(error);
      }
    }
    return [...entries.values()];
  }

  #entry(key: Node, value: Node | null): YamlEntry {
    const name = isScalar(key) ? String(key.value) : '';
    const offset = key.range?.[0] ?? this.#offset;
    const path = this.key === '' ? name : `${this.key}.${name}`;
    const entry = { name, value: new YamlValue(this.#source, value, path, offset) };
    if (RESERVED.includes(name)) throw entry.value.#refusedKey(name, 'is refused as a key');
    return entry;
  }

  /** The values of a list. */
  items(): YamlValue[] {
    if (!isSeq(this.#node)) return this.fail('must be a list');
    return (this.#node.items as (Node | null)[]).map(
      (node, index) => new YamlValue(this.#source, node, `${this.key}[${index}]`, this.#offset),
    );
  }

  /** A single value as it was written. */
  text(): string {
    const node = this.#node;
    if (!isScalar(node) || node.value === null) return this.fail('must have one value');
    return node.source ?? String(node.value);
  }

  /** A single value, read by the parser of a setting from the text as it was written. */
  scalar<T>(parse: Parse<T>): T {
    const text = this.text();
    try {
      return parse(text);
    } catch (error) {
      return this.fail(`is ${quoted(text)}, but must be ${messageOf(error)}`);
    }
  }

  /** Throws the OperatorError for what is wrong here: `phases[1].churn` and what it does. */
  fail(what: string): never {
    throw problem(placeIn(this.#source, this.#offset), this.key === '' ? what : `${escapeText(this.key)} ${what}`);
  }

  /** The error for this value's key, which is none of the known ones. */
  unknownKey(name: string, known: readonly string[]): OperatorError {
    const meant = nearest(name, known);
    const advice = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
    return this.#refusedKey(name, `is no key: ${advice}`);
  }

  #refusedKey(name: string, what: string): OperatorError {
    const parent = this.key.slice(0, this.key.length - name.length).replace(/\.$/, '');
    const within = parent === '' ? '' : ` in ${escapeText(parent)}`;
    return problem(placeIn(this.#source, this.#keyOffset), `${quoted(name)}${within} ${what}`);
  }
}

const raise = (error: OperatorError): never => {
  throw error;
};

function documentsOf(text: string, { file, lines }: Source) {
  try {
    // Two keys of one name are found by `entries`: the library compares each with all others.
    const options = { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false };
    const documents = parseAllDocuments(text, options);
    return 'empty' in documents ? [] : documents;
  } catch (error) {
    // The library goes down a level a call.
    if (error instanceof RangeError) throw problem(file, 'is nested too deeply');
    throw error;
  }
}

/** What the library says of broken YAML, without the piece of the file that it may repeat: that can be a secret. */
function syntaxProblem({ message }: YAMLError): string {
  const [sentence = ''] = message.split(/: |["\\\n]/);
  return sentence.replace(/\s+/g, ' ').trim();
}

function placeIn({ file, lines }: Source, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

function problem(place: string, what: string): OperatorError {
  return new OperatorError('config', escapeText(`${place}${place.includes(':') ? ':' : ''} ${what}`));
}
