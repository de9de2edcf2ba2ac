import { accessSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './sources.ts';

const NAME = join('peermeter', 'config.yaml');

/** Whoever wants no file, not even one that lies where files are looked for, names this one. */
export const NO_FILE = '/dev/null';

/**
 * Which file the settings are in: the one that was named, else the first that is there of `$XDG_CONFIG_HOME` (by default
 * `~/.config`) and `/etc`.
 */
export function findConfigFile(named: string | undefined, env: Environment): string | undefined {
  if (named !== undefined) return named === NO_FILE ? undefined : named;
  const xdg = env.XDG_CONFIG_HOME ?? '';
  const home = env.HOME ?? '';
  // The XDG specification: a relative path is to be ignored.
  const user = isAbsolute(xdg) ? [join(xdg, NAME)] : isAbsolute(home) ? [join(home, '.config', NAME)] : [];
  return [...user, join('/etc', NAME)].find(isThere);
}

/** One that is there and cannot be read is not passed over: somebody believes it counts. */
function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
