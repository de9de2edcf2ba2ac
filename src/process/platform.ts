import { existsSync } from 'node:fs';
import { LinuxReader } from './linux.ts';
import { PortableReader } from './portable.ts';
import type { PlatformReading } from './sample.ts';

/** Reads what the operating system knows about this process. */
export interface PlatformReader {
  read(): PlatformReading;
}

/** The reader for the machine this runs on: /proc where there is one, what every platform gives elsewhere. */
export function platformReader(platform: NodeJS.Platform = process.platform): PlatformReader {
  return platform === 'linux' && existsSync('/proc/self/status') ? new LinuxReader() : new PortableReader();
}
