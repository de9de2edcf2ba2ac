import type { LiveEvents } from '../live/feed.ts';

/** One event of the feed. */
export type LiveEvent = {
  readonly [K in keyof LiveEvents]: { readonly name: K; readonly data: LiveEvents[K] };
}[keyof LiveEvents];

type Shape = Readonly<Record<string, 'string' | 'number'>>;

/** What a terminal needs to be of its type; everything else is shown as absent when it is something else. */
const HELLO: Shape = {
  service: 'string',
  peerId: 'string',
  version: 'string',
  startedAtMs: 'number',
  keepMs: 'number',
  processes: 'number',
};
const ROW: Shape = { peerId: 'string', address: 'string', connectedAtMs: 'number' };

const CHECKS: { readonly [K in keyof LiveEvents]: (data: unknown) => boolean } = {
  hello: (data) => has(data, HELLO),
  history: (data) => Array.isArray(data) && data.every(isPoint),
  point: isPoint,
  peers: (data) => {
    if (!has(data, { total: 'number' })) return false;
    const { peers } = data as { peers?: unknown };
    return Array.isArray(peers) && peers.every((row) => has(row, ROW));
  },
  bye: () => true,
};

/**
 * Reads an event; undefined for one that this version does not know.
 *
 * @throws Error when it is not what a peermeter sends
 */
export function readEvent(name: string | undefined, text: string): LiveEvent | undefined {
  if (name === undefined || !Object.hasOwn(CHECKS, name)) return undefined;
  const known = name as keyof LiveEvents;
  const data: unknown = JSON.parse(text);
  if (!CHECKS[known](data)) throw new Error(`its ${known} is not one`);
  return { name: known, data } as LiveEvent;
}

/** One with a time that is one. */
function isPoint(data: unknown): boolean {
  return has(data, { atMs: 'number' }) && !Number.isNaN(new Date((data as { atMs: number }).atMs).getTime());
}

function has(data: unknown, shape: Shape): boolean {
  if (typeof data !== 'object' || data === null) return false;
  const fields = data as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([field, type]) => typeof fields[field] === type);
}
