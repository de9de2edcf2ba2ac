import { readdirSync } from 'node:fs';
import { orLast } from './or-last.ts';
import type { PlatformReader, PlatformReading } from './sample.ts';

/** getrusage says bytes on macOS and kilobytes elsewhere; libuv turns all of them into kilobytes. */
const BYTES_PER_KB = 1024;

/** Reads what Node.js and /dev/fd give on any Unix: no virtual size, no threads, no descriptor limit. */
export class PortableReader implements PlatformReader {
  readonly #rss = orLast(() => process.memoryUsage.rss());
  // The listing holds the descriptor it is read through.
  readonly #fdCount = orLast(() => readdirSync('/dev/fd').length - 1);

  read(): PlatformReading {
    const rssBytes = this.#rss();
    const peakBytes = process.resourceUsage().maxRSS * BYTES_PER_KB;
    return { rssBytes, peakBytes: Math.max(peakBytes, rssBytes), fdCount: this.#fdCount() };
  }
}
