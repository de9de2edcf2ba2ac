import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import type { GcType } from '../contract/vocabulary.ts';

/** Told of every garbage collection, soon after it. */
export type OnGc = (durationSeconds: number, type: GcType) => void;

const TYPES = new Map<number, GcType>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  // V8's other collector of the young generation (--minor-ms).
  [constants.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Calls `onGc` for every collection from now on. Returns what ends it. */
export function observeGc(onGc: OnGc): () => void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const type = TYPES.get(kindOf(entry));
      if (type !== undefined) onGc(entry.duration / 1000, type);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function kindOf(entry: PerformanceEntry): number {
  // What Node.js gives every `gc` entry; @types/node puts it on no class.
  const { detail } = entry as PerformanceEntry & { readonly detail?: NodeGCPerformanceDetail };
  return detail?.kind ?? -1;
}
