import type { TakeProfile } from '../profile/heap-profile.ts';
import { sampleHeap } from '../profile/sample-heap.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** Profiles of the processes of a daemon: of its first worker unless told otherwise, for the workers hold the peers. */
export function profileOneOf(slots: readonly WorkerSlot[]): TakeProfile {
  return async (request, signal) => {
    const { process = '0' } = request;
    if (process === 'primary') return sampleHeap(request, signal);
    const slot = slots.find(({ index }) => String(index) === process);
    if (slot === undefined) throw new Error(`there is no process ${process}: primary, or 0 to ${slots.length - 1}`);
    return slot.profile(request, signal);
  };
}
