import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProfileRequest } from './heap-profile.ts';

/**
 * One sample for so many bytes on average. V8's own default is twice that; a quiet daemon allocates some 100 kB a
 * second, and half a minute of that should be a few hundred samples.
 */
const SAMPLING_INTERVAL_BYTES = 16_384;

/**
 * Samples the allocations of this process, through V8's own profiler in this process: no port is opened, and nobody
 * else can attach to it. One at a time: V8 has one such profiler.
 *
 * @returns the profile as JSON
 * @throws the signal's reason when that is aborted meanwhile; sampling has ended then
 */
export async function sampleHeap({ seconds, living }: ProfileRequest, signal: AbortSignal): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_INTERVAL_BYTES,
      includeObjectsCollectedByMajorGC: !living,
      includeObjectsCollectedByMinorGC: !living,
    });
    await sleep(seconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    const { profile } = await session.post('HeapProfiler.stopSampling');
    signal.throwIfAborted();
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}
