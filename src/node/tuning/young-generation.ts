import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of the young generation together. */
const LIMIT_BYTES = 16 * 1024 * 1024;

let limited = false;

/**
 * Has V8's young generation stop growing at 8 MiB a half; by itself it goes to 32 on a machine with memory to spare.
 *
 * What is allocated for a ping is dead when the ping is answered: a larger young generation only keeps more of it, above
 * all the buffers that sockets were read into. A much smaller one costs time instead, as with 10,000 sockets each of its
 * collections takes milliseconds whatever its size. V8 takes its limit when it starts and not later, so it is the factor
 * of growth that is switched off here, and on again when V8 has made it smaller meanwhile.
 */
export function limitYoungGeneration(): void {
  if (limited) return;
  limited = true;
  let grows = true;
  const observer = new PerformanceObserver(() => {
    const mayGrow = youngBytes() * 2 <= LIMIT_BYTES;
    if (mayGrow === grows) return;
    grows = mayGrow;
    setFlagsFromString(`--semi-space-growth-factor=${grows ? 2 : 1}`);
  });
  observer.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? LIMIT_BYTES;
}
