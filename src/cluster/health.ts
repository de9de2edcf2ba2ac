import { STALLED_AFTER_MS } from '../daemon/deadlines.ts';
import type { Health } from '../http/routes.ts';

export interface ClusterState {
  readonly slots: readonly { readonly index: number; readonly listening: boolean; readonly heardAtMs: number }[];
  /** Whether all workers have listened, and nobody has asked for the end since. */
  readonly started: boolean;
  /** When the primary last looked at itself. This and all other times are on the monotonic clock. */
  readonly sampledAtMs: number;
  readonly nowMs: number;
}

/**
 * Live while the primary and each worker that listens give signs of life; one that has ended is being replaced, and is
 * no reason to end the others. Ready while any worker listens: the kernel gives one that has ended no connections.
 */
export function healthOf({ slots, started, sampledAtMs, nowMs }: ClusterState): Health {
  const stalled = (lastMs: number): boolean => nowMs - lastMs >= STALLED_AFTER_MS;
  const hanging = slots.find((slot) => slot.listening && stalled(slot.heardAtMs));
  const live = !stalled(sampledAtMs) && hanging === undefined;
  const ready = started && slots.some((slot) => slot.listening);
  if (hanging !== undefined) return { live, ready, reason: `process ${hanging.index} does not answer` };
  return ready ? { live, ready } : { live, ready, reason: 'not listening for peers' };
}
