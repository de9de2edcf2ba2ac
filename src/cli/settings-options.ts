import { type Command, Option } from 'commander';
import type { FlagTexts } from '../config/load.ts';
import { SETTINGS, type Setting, type SettingKey } from '../config/settings.ts';

const entries = Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];

/** Gives a command every setting that has a flag, with its help, default and environment variable. */
export function addSettings(command: Command): Command {
  for (const [key, setting] of entries) {
    if (setting.flags === undefined) continue;
    const option = new Option(setting.flags, helpText(setting));
    if (setting.repeatable === true) {
      option.argParser((value: string, previous: string | undefined) =>
        previous === undefined ? value : `${previous},${value}`,
      );
    }
    option.attributeName = () => key;
    command.addOption(option);
  }
  return command;
}

/** What was given on the command line, as texts: parsing is the settings' business. */
export function flagTexts(command: Command): FlagTexts {
  const given = Object.entries(command.opts()).map(([key, value]) => [key, String(value)]);
  return Object.fromEntries(given) as FlagTexts;
}

function helpText(setting: Setting<unknown>): string {
  const { help, env, default: fallback } = setting;
  const shown = Array.isArray(fallback) ? fallback.join(',') : fallback;
  const hasDefault = shown !== undefined && shown !== '' && shown !== false && !help.includes('(default');
  const unit = /time>/.test(setting.flags ?? '') ? 'ms' : '';
  return `${help}${hasDefault ? ` (default: ${shown}${unit})` : ''} [${env.at(-1)}]`;
}
