import { type Command, Option } from 'commander';
import type { Setting } from '../config/setting.ts';
import { CONFIG_FILE, SETTINGS } from '../config/settings.ts';
import type { FlagTexts } from '../config/sources.ts';
import { EXPORTER_TYPES } from '../telemetry/exporters/index.ts';

/** Every setting that the command line may say, by what the loader knows it under. */
function settings(): [string, Setting<unknown>][] {
  const ofExporters = Object.entries(EXPORTER_TYPES).flatMap(([type, { fields }]) =>
    Object.entries(fields).map(([field, setting]): [string, Setting<unknown>] => [`${type}.${field}`, setting]),
  );
  return [...(Object.entries(SETTINGS) as [string, Setting<unknown>][]), ...ofExporters];
}

/** Gives a command every setting that has a flag, with its help, default and environment variable. */
export function addSettings(command: Command): Command {
  const file = new Option(CONFIG_FILE.flags, `${CONFIG_FILE.help} [${CONFIG_FILE.env[0]}]`);
  command.addOption(file);
  for (const [name, setting] of settings()) {
    if (setting.flags === undefined) continue;
    const option = new Option(setting.flags, helpText(setting));
    if (setting.repeatable === true) {
      option.argParser((value: string, previous: string | undefined) =>
        previous === undefined ? value : `${previous},${value}`,
      );
    }
    option.attributeName = () => name;
    command.addOption(option);
  }
  return command;
}

/** What was given on the command line, as texts: parsing is the settings' business. */
export function flagTexts(command: Command): FlagTexts {
  const given = Object.entries(command.opts()).map(([key, value]) => [key, String(value)]);
  return Object.fromEntries(given) as FlagTexts;
}

function helpText({ help, env, format, default: fallback }: Setting<unknown>): string {
  const shown = fallback === undefined ? undefined : format.show(fallback);
  const text = Array.isArray(shown) ? shown.join(',') : shown;
  const hasDefault = text !== undefined && text !== '' && text !== false && !help.includes('(default');
  return `${help}${hasDefault ? ` (default: ${text})` : ''} [${env.at(-1)}]`;
}
