import { type LoadedConfig, resolveConfig } from '../config/load.ts';
import type { Environment, FlagTexts } from '../config/sources.ts';
import { EXPORTER_TYPES } from '../telemetry/exporters/index.ts';

/** What a configuration is read from, besides its file. */
export interface Given {
  /** By key of the settings table (`maxPeers`); `config` names the file. @default {} */
  readonly flags?: FlagTexts;
  /** @default {} */
  readonly env?: Environment;
}

/**
 * The effective configuration of a daemon: flags over environment over file over defaults.
 *
 * Throws an OperatorError with a line for each thing that is wrong.
 *
 * @example
 * const { config } = await loadConfig({ flags: { port: '0' }, env: process.env });
 */
export function loadConfig(given: Given): Promise<LoadedConfig> {
  return resolveConfig({ ...given, types: EXPORTER_TYPES });
}
