import { existsSync } from 'node:fs';
import { LinuxReader } from './linux.ts';
import { PortableReader } from './portable.ts';
import type { PlatformReader } from './sample.ts';

/** The reader for the machine this runs on: /proc where there is one, what every platform gives elsewhere. */
export function platformReader(platform: NodeJS.Platform = process.platform): PlatformReader {
  return platform === 'linux' && existsSync('/proc/self/status') ? new LinuxReader() : new PortableReader();
}
