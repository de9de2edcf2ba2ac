import { dirname, resolve } from 'node:path';
import { OperatorError } from '../errors.ts';
import { escapeText } from '../log/logger.ts';
import { readBounded } from './bounded-file.ts';
import { Complaint } from './complaint.ts';
import { MAX_YAML_BYTES, YamlValue } from './yaml.ts';

/** A configuration file, read but not yet understood. */
export interface ConfigFile {
  readonly path: string;
  /** Relative paths in it start here. */
  readonly directory: string;
  /** Who may read it. */
  readonly mode: number;
  /** Absent when nothing stands in it. */
  readonly root: YamlValue | undefined;
}

/** Throws an OperatorError (`config`) that names the file, and the line where its YAML is broken. */
export function readConfigFile(path: string): ConfigFile {
  const { bytes, mode } = contents(path);
  const directory = dirname(resolve(path));
  const text = decoded(bytes, path);
  const hasContent = text.split('\n').some((line) => !/^\uFEFF?\s*(#.*)?$/.test(line));
  return { path, directory, mode, root: hasContent ? YamlValue.parse(text, path) : undefined };
}

function contents(path: string): { readonly bytes: Buffer; readonly mode: number } {
  try {
    const { bytes, stats } = readBounded(path, MAX_YAML_BYTES);
    return { bytes, mode: stats.mode };
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    throw new OperatorError('config', `configuration ${escapeText(error.message)}`, { cause: error });
  }
}

function decoded(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new OperatorError('config', `${escapeText(path)}: is not text in UTF-8`, { cause: error });
  }
}
