import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where built programs and recorded data are kept between runs:
 * `PEERMETER_CACHE`, else `peermeter` under `XDG_CACHE_HOME`, else `~/.cache/peermeter`.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.PEERMETER_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'peermeter');
}
