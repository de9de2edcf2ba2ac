import type { Summary } from '../daemon/summary.ts';

/** What a process has done that has just begun. */
export const NOTHING_YET: Summary = {
  uptimeSeconds: 0,
  peakPeers: 0,
  connectionsOpened: 0,
  connectionsDenied: 0,
  pings: 0,
  pingResponses: 0,
  pingErrors: 0,
  bytesRead: 0,
  bytesWritten: 0,
};

/** What two processes have done, as one summary; for how long, and with how many peers at once, only the whole knows. */
export function addSummaries(a: Summary, b: Summary): Summary {
  const keys = Object.keys(NOTHING_YET) as (keyof Summary)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Summary;
}
