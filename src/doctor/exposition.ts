/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric family of a scrape. */
export interface Family {
  readonly type: string;
  readonly help: string;
}

/** A whole scrape. */
export class Exposition {
  readonly text: string;
  readonly samples: readonly Sample[];
  readonly families: ReadonlyMap<string, Family>;

  constructor(text: string, samples: readonly Sample[], families: ReadonlyMap<string, Family>) {
    this.text = text;
    this.samples = samples;
    this.families = families;
  }

  /** All samples of this name whose labels include these. */
  all(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    return this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }

  /** The sum of all samples of this name whose labels include these; throws when there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const samples = this.all(name, labels);
    if (samples.length === 0) throw new Error(`no ${name} ${JSON.stringify(labels)} in the scrape`);
    return samples.reduce((sum, { value }) => sum + value, 0);
  }
}

/**
 * Reads the Prometheus text format, version 0.0.4; throws at a line that is none, with that line.
 *
 * Written here: the one package there is for it (`parse-prometheus-text-format`) gives every value as a text, folds
 * histograms into shapes of its own, and is five times as long. This looks at each character once, whatever the text.
 */
export function parseExposition(text: string): Exposition {
  const samples: Sample[] = [];
  const families = new Map<string, { type: string; help: string }>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('#')) readComment(line, families);
    else samples.push(readSample(line));
  }
  return new Exposition(text, samples, families);
}

function readComment(line: string, families: Map<string, { type: string; help: string }>): void {
  // Any other comment means nothing.
  const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
  if (kind === undefined) return;
  const family = families.get(name) ?? { type: '', help: '' };
  if (kind === 'TYPE') family.type = rest;
  else family.help = rest;
  families.set(name, family);
}

const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"[ \t]*(,?)/y;
/** The value, and a timestamp that nobody here needs. */
const VALUE = /[ \t]*([^ \t]+)(?:[ \t]+-?\d+)?[ \t]*$/y;

function readSample(line: string): Sample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? malformed(line);
  const labels: [string, string][] = [];
  let at = name.length;
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const [whole, key, value, comma] = matchAt(LABEL, line, at) ?? malformed(line);
      labels.push([key ?? '', unescapeValue(value ?? '')]);
      at += (whole ?? '').length;
      if (comma === '' && line[at] !== '}') malformed(line);
    }
    at++;
  }
  const number = matchAt(VALUE, line, at)?.[1] ?? malformed(line);
  return { name, labels: Object.fromEntries(labels), value: toNumber(number) ?? malformed(line) };
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

const SPECIAL: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};

/** A number as Prometheus writes it. */
export function toNumber(text: string): number | undefined {
  const special = SPECIAL[text];
  if (special !== undefined) return special;
  const value = Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function unescapeValue(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char)) : text;
}

function malformed(line: string): never {
  throw new Error(`not the Prometheus text format: ${line.slice(0, 200)}`);
}
