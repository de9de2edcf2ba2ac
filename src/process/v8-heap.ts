import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { orLast } from './or-last.ts';
import type { HeapReading } from './sample.ts';

/** Reads V8's own account of its memory. Opens /proc/self/stat on Linux, because `process.memoryUsage()` does. */
export class HeapReader {
  readonly #memoryUsage = orLast(() => process.memoryUsage());

  read(): HeapReading {
    const { external, arrayBuffers } = this.#memoryUsage();
    const spaces = getHeapSpaceStatistics().map((space) => ({
      name: space.space_name,
      usedBytes: space.space_used_size,
      totalBytes: space.space_size,
    }));
    return {
      spaces,
      limitBytes: getHeapStatistics().heap_size_limit,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
    };
  }
}
