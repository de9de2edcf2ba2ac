import { escapeText } from '../log/logger.ts';
import type { EffectiveValue } from './effective.ts';
import type { Json } from './json.ts';
import type { LoadedConfig } from './load.ts';
import { describeOrigin } from './origin.ts';

/** Comments begin here, unless the value is longer. */
const COMMENT_AT = 44;

/** The effective configuration as one JSON object, for programs. */
export function configJson({ file, effective, warnings }: LoadedConfig): string {
  const settings = effective.map(({ path, value, origin }) => ({ key: path.join('.'), value, from: origin }));
  return `${JSON.stringify({ file: file ?? null, settings, warnings }, null, 2)}\n`;
}

/** The effective configuration as a file that could be read again (but for its secrets), with who said what. */
export function configYaml({ file, effective }: LoadedConfig): string {
  const read = file === undefined ? 'no configuration file was found' : `read from ${escapeText(file)}`;
  const lines = [`# ${read}`];
  let open: readonly string[] = [];
  for (const value of effective) {
    const within = value.path.slice(0, -1);
    const shared = within.findIndex((name, at) => name !== open[at]);
    const from = shared === -1 ? within.length : shared;
    for (const [at, name] of within.entries()) if (at >= from) lines.push(`${indent(at)}${name}:`);
    lines.push(...valueLines(value));
    open = within;
  }
  return `${lines.join('\n')}\n`;
}

function valueLines({ path, value, origin }: EffectiveValue): string[] {
  const depth = path.length - 1;
  const key = path.at(-1) ?? '';
  const comment = `# ${describeOrigin(origin)}`;
  // What only a variable can say has no key in a file.
  if (origin.kind === 'environment' && key === origin.name) return [`# ${key}=${written(value)}`];
  if (typeof value !== 'object' || value === null)
    return [commented(`${indent(depth)}${key}: ${written(value)}`, comment)];
  const isEmpty = Object.keys(value).length === 0;
  if (isEmpty) return [commented(`${indent(depth)}${key}: ${Array.isArray(value) ? '[]' : '{}'}`, comment)];
  const items = Array.isArray(value)
    ? value.map((item: Json) => `- ${written(item)}`)
    : Object.entries(value).map(([name, item]) => `${written(name)}: ${written(item)}`);
  return [commented(`${indent(depth)}${key}:`, comment), ...items.map((item) => `${indent(depth + 1)}${item}`)];
}

const indent = (depth: number): string => '  '.repeat(depth);

const commented = (text: string, comment: string): string => `${text.padEnd(COMMENT_AT)} ${comment}`;

/** Words that YAML would take for something else than a text. */
const NOT_PLAIN = /^(true|false|null|yes|no|on|off|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/i;

function written(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = /^[A-Za-z0-9/][A-Za-z0-9 _./:@%+,-]*$/.test(value) && !/: |[ :]$/.test(value);
  return isPlain && !NOT_PLAIN.test(value) ? value : escapeText(JSON.stringify(value));
}
