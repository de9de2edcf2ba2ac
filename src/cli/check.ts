import type { Command } from 'commander';
import { configJson, configYaml } from '../config/print.ts';
import { loadConfig } from '../daemon/load-config.ts';
import { EXIT } from '../errors.ts';
import { flagTexts } from './settings-options.ts';

/**
 * `peermeter check`: the effective configuration as a file that says of each value where it came from. Throws what
 * `loadConfig` throws: a line for each thing that is wrong.
 */
export async function check(command: Command): Promise<number> {
  const { json, ...flags } = flagTexts(command);
  const loaded = await loadConfig({ flags, env: process.env });
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(json === undefined ? configYaml(loaded) : configJson(loaded));
  return EXIT.success;
}
