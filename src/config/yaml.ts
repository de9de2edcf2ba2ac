import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml';
import { messageOf, OperatorError } from '../errors.ts';
import { nearest } from './nearest.ts';
import type { Parse } from './parse.ts';

/** Larger files are none that somebody wrote. */
const MAX_BYTES = 262_144;

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
}

/**
 * A value in a YAML file that knows where it stands, so that whoever finds it wrong can say so in one line: file, line,
 * key, and what was expected. Reading is strict: no unknown keys, no key twice, no aliases.
 */
export class YamlValue {
  readonly #source: Source;
  readonly #node: Node | null;
  readonly #offset: number;
  /** `phases[1].churn`; empty for the whole file. */
  readonly key: string;

  private constructor(source: Source, node: Node | null, key: string, offset: number) {
    this.#source = source;
    this.#node = node;
    this.#offset = node?.range?.[0] ?? offset;
    this.key = key;
    if (isAlias(node)) this.fail('is an alias: write the value itself');
  }

  /**
   * Reads a text. Throws an OperatorError (`config`) that names file and line when it is not one YAML document.
   */
  static parse(text: string, file: string): YamlValue {
    const source = { file, lines: new LineCounter() };
    if (Buffer.byteLength(text) > MAX_BYTES) throw problem(file, `is larger than ${MAX_BYTES / 1024} KiB`);
    const documents = parseAllDocuments(text, { lineCounter: source.lines, prettyErrors: false, stringKeys: true });
    const [document, second] = 'empty' in documents ? [] : documents;
    if (document === undefined) throw problem(file, 'is empty');
    const error = document.errors[0] ?? second?.errors[0];
    if (error !== undefined) throw problem(`${file}:${lineOf(source, error.pos[0])}`, oneLine(error.message));
    if (second !== undefined) throw problem(file, 'holds several documents (---), but must be one');
    return new YamlValue(source, document.contents, '', 0);
  }

  /** The values of a mapping by key. Refuses keys that are not among these, and says which was meant. */
  fields<K extends string>(known: readonly K[]): Partial<Record<K, YamlValue>> {
    if (!isMap(this.#node)) return this.fail(`must be a mapping of ${known.join(', ')}`);
    const fields = new Map<K, YamlValue>();
    for (const pair of this.#node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      const key = known.find((candidate) => candidate === name);
      const offset = pair.key.range?.[0] ?? this.#offset;
      if (key === undefined) throw this.#unknown(name, known, offset);
      fields.set(key, new YamlValue(this.#source, pair.value, this.key === '' ? key : `${this.key}.${key}`, offset));
    }
    return Object.fromEntries(fields) as Partial<Record<K, YamlValue>>;
  }

  /** The values of a list. */
  items(): YamlValue[] {
    if (!isSeq(this.#node)) return this.fail('must be a list');
    return (this.#node.items as (Node | null)[]).map(
      (node, index) => new YamlValue(this.#source, node, `${this.key}[${index}]`, this.#offset),
    );
  }

  /** A single value, read by the parser of a setting from the text as it was written. */
  scalar<T>(parse: Parse<T>): T {
    const node = this.#node;
    if (node === null || !isScalar(node) || node.value === null) return this.fail('must have one value');
    const text = node.source ?? String(node.value);
    try {
      return parse(text);
    } catch (error) {
      return this.fail(`is ${JSON.stringify(text)}, but must be ${messageOf(error)}`);
    }
  }

  /** Throws the OperatorError for what is wrong here: `phases[1].churn` and what it does. */
  fail(what: string): never {
    throw problem(this.#place(this.#offset), this.key === '' ? what : `${this.key} ${what}`);
  }

  #unknown(name: string, known: readonly string[], offset: number): OperatorError {
    const meant = nearest(name, known);
    const advice = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
    const where = this.key === '' ? '' : ` in ${this.key}`;
    return problem(this.#place(offset), `${JSON.stringify(name)}${where} is no key: ${advice}`);
  }

  #place(offset: number): string {
    return `${this.#source.file}:${lineOf(this.#source, offset)}`;
  }
}

function lineOf({ lines }: Source, offset: number): number {
  return lines.linePos(offset).line;
}

function problem(place: string, what: string): OperatorError {
  return new OperatorError('config', `${place}${place.includes(':') ? ':' : ''} ${what}`);
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
