import type { Format } from './format.ts';
import { listOf } from './parse.ts';

/** More ways out than anybody has, few enough for a label. */
export const MOST_EXPORTERS = 16;

/** What an exporter may be called: a label of metrics, a word of a list, a key of the file. */
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** What `name` must be. */
export const EXPORTER_NAME = 'a name of at most 32 letters a-z, digits, - and _, that begins with a letter';

export const isExporterName = (name: string): boolean =>
  NAME.test(name) && name !== 'constructor' && name !== 'prototype';

/** Names of exporters: those that are told more are keys of a mapping in the file, where `exporters` may be a list too. */
export const exporterNames: Format<readonly string[]> = {
  fromText: read,
  fromYaml(value) {
    // What is wrong with single entries is said when they are read.
    if (value.isMapping) return checked(value.entries(() => {}).map(({ name }) => name));
    return value.isList ? checked(value.items().map((item) => item.text())) : value.scalar(read);
  },
  show: (names) => (names.length === 0 ? 'none' : [...names]),
  // Its schema is put together from the types of exporters.
  schema: {},
};

function read(text: string): readonly string[] {
  const names = listOf((word) => word.toLowerCase())(text);
  if (names.length === 0) throw new Error('none, or a list of names');
  return checked(names.filter((name) => name !== 'none'));
}

function checked(names: readonly string[]): readonly string[] {
  const unique = [...new Set(names)];
  if (!unique.every(isExporterName)) throw new Error(`none, or a list of names: each ${EXPORTER_NAME}`);
  if (unique.length > MOST_EXPORTERS) throw new Error(`a list of ${MOST_EXPORTERS} names at most`);
  return unique;
}
