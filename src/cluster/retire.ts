import { type Figures, type Point, totalOf } from '../contract/figures.ts';
import type { MetricKey } from '../contract/metrics.ts';
import type { CloseReason, PingError } from '../contract/vocabulary.ts';
import { growing, merge } from './merge.ts';

const CLOSED: CloseReason = 'reset';
const UNANSWERED: PingError = 'disconnected';

/** What is left in the sums of a process that has ended, with what those before it have left. */
export function retire(earlier: Figures, last: Figures): Figures {
  return merge([earlier, growing(last), settle(last)]);
}

/**
 * What a process that was killed can no longer count: the end of everything it had begun. Its connections were reset by
 * the kernel, its pings were disconnected. Without this, what was opened and never closed would stand in the sums for
 * ever. Only how long those connections had been open is not known.
 */
function settle(last: Figures): Figures {
  const points = (key: MetricKey): readonly Point[] => last.get(key) ?? [];
  const closed = points('connections').map(({ attributes, value }) => ({
    attributes: { ...attributes, reason: CLOSED },
    value,
  }));
  return new Map<MetricKey, readonly Point[]>([
    ['connectionsClosed', closed],
    ['resourceDeallocations', points('activeResources')],
    ['pingErrors', [{ attributes: { reason: UNANSWERED }, value: totalOf(last, 'activePings') }]],
  ]);
}
