import type { LiveHello, LivePeers, LivePoint } from '../live/feed.ts';
import type { LiveEvent } from './read-event.ts';

/** Whether the daemon speaks; when not, since when, and what was seen of it. */
export type Contact =
  | { readonly live: true }
  | { readonly live: false; readonly sinceMs: number; readonly reason: string };

/** All that is known of the daemon. Never changed, only replaced: what is paused stays as it is. */
export interface Picture {
  readonly hello: LiveHello;
  /** Of the time that points are kept, oldest first. */
  readonly points: readonly LivePoint[];
  /** Absent until the first table has come. */
  readonly peers: LivePeers | undefined;
  readonly contact: Contact;
}

/** The picture after one more event; undefined before the first `hello`. */
export function withEvent(picture: Picture | undefined, event: LiveEvent, nowMs: number): Picture | undefined {
  if (event.name === 'hello') return greeted(picture, event.data);
  if (picture === undefined) return undefined;
  if (event.name === 'history') return { ...picture, points: joined(picture, event.data) };
  if (event.name === 'point') return { ...picture, points: joined(picture, [event.data]) };
  if (event.name === 'peers') return { ...picture, peers: event.data };
  return lost(picture, 'it is stopping', nowMs);
}

/** The picture after the daemon was lost. What was the first sign of it stays. */
export function lost(picture: Picture, reason: string, nowMs: number): Picture {
  return picture.contact.live ? { ...picture, contact: { live: false, sinceMs: nowMs, reason } } : picture;
}

/** The points of another daemon at the same place are not this one's. */
function greeted(picture: Picture | undefined, hello: LiveHello): Picture {
  const isSame = picture?.hello.peerId === hello.peerId;
  return { hello, points: isSame ? picture.points : [], peers: undefined, contact: { live: true } };
}

/** What is given again, or was told before the clock was set back, is replaced. */
function joined({ hello, points }: Picture, more: readonly LivePoint[]): readonly LivePoint[] {
  const [first] = more;
  const last = more.at(-1);
  if (first === undefined || last === undefined) return points;
  const sinceMs = last.atMs - hello.keepMs;
  return [...points.filter(({ atMs }) => atMs < first.atMs && atMs > sinceMs), ...more];
}
