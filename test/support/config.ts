import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig } from '../../src/config/load.ts';
import type { Environment, FlagTexts } from '../../src/config/sources.ts';
import { loadConfig } from '../../src/daemon/load-config.ts';
import { OperatorError } from '../../src/errors.ts';

/** Where the texts of a configuration stand. */
export interface Written {
  readonly flags?: FlagTexts;
  readonly env?: Environment;
  /** The text of a configuration file. */
  readonly yaml?: string;
  /** Its permissions. @default 0o600 */
  readonly mode?: number;
}

const all = mkdtempSync(join(tmpdir(), 'peermeter-config-'));
process.on('exit', () => rmSync(all, { recursive: true, force: true }));
let folders = 0;

/** A new folder of this test's own, which is gone when the tests are through. */
export function newFolder(): string {
  const folder = join(all, String(folders++));
  mkdirSync(folder);
  return folder;
}

/** Writes a configuration file in a folder of its own. */
export function writeConfig(yaml: string, mode = 0o600, folder = newFolder()): string {
  const file = join(folder, 'peermeter.yaml');
  writeFileSync(file, yaml, { mode });
  return file;
}

/** Loads a configuration without looking at what lies on this machine. */
export function load({ flags = {}, env = {}, yaml, mode }: Written = {}): Promise<LoadedConfig> {
  const config = yaml === undefined ? '/dev/null' : writeConfig(yaml, mode);
  return loadConfig({ flags: { config, ...flags }, env });
}

/** The effective value under a key, and who said it. */
export async function effective(key: string, written: Written) {
  const { effective } = await load(written);
  const found = effective.find(({ path }) => path.join('.') === key);
  return found === undefined ? undefined : { value: found.value, from: found.origin.kind };
}

/** What is said of a configuration that is refused, a line each, without the folder of its file. */
export async function problems(written: Written): Promise<{ readonly status: number; readonly lines: string[] }> {
  try {
    await load(written);
  } catch (error) {
    assert(error instanceof OperatorError, String(error));
    const lines = error.message
      .split('\n')
      .map((line) => line.replaceAll(/\/\S*\/peermeter-config-[^/\s]+\/\d+\//g, ''));
    return { status: error.exitStatus, lines };
  }
  throw new Error('it was taken');
}
