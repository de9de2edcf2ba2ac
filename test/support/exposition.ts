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

/** Reads the Prometheus text format; throws at a line that is none. */
export function parseExposition(text: string): Exposition {
  const samples: Sample[] = [];
  const families = new Map<string, { type: string; help: string }>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE|UNIT) (\S+) ?(.*)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      const family = families.get(name) ?? { type: '', help: '' };
      if (kind === 'TYPE') family.type = rest;
      if (kind === 'HELP') family.help = rest;
      families.set(name, family);
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`not the Prometheus text format: ${line}`);
    const [, name = '', labelText = '', value = ''] = sample;
    const labels = Object.fromEntries(
      [...labelText.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
    );
    samples.push({ name, labels, value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) });
  }
  return new Exposition(text, samples, families);
}
