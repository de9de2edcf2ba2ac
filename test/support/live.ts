import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { LiveEvents } from '../../src/live/feed.ts';
import { type LiveEvent, readEvent } from '../../src/top/read-event.ts';
import { eventually } from './eventually.ts';

/** One who looks at a daemon's live feed. */
export interface Looking {
  readonly response: IncomingMessage;
  /** All that has come, in order. */
  readonly events: readonly LiveEvent[];
  readonly lastId: () => string | undefined;
  /** Resolves when the daemon has ended it, or it was closed. */
  readonly ended: Promise<void>;
  all<K extends keyof LiveEvents>(name: K): LiveEvents[K][];
  /** Waits until so many events of a name have come, and gives them. */
  atLeast<K extends keyof LiveEvents>(count: number, name: K): Promise<LiveEvents[K][]>;
  close(): void;
}

/** Opens the feed of the daemon at this URL; `response.statusCode` says whether there is one. */
export async function look(url: string, headers: Record<string, string> = {}): Promise<Looking> {
  const asked = request(new URL('/live', url), { agent: false, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const events: LiveEvent[] = [];
  let lastId: string | undefined;
  const parser = createParser({
    onEvent: ({ event: name, data, id }) => {
      const event = readEvent(name, data);
      if (event === undefined) throw new Error(`an event nobody knows: ${name}`);
      events.push(event);
      lastId = id ?? lastId;
    },
  });
  response.setEncoding('utf8').on('data', (text) => parser.feed(text));
  response.on('error', () => {});
  const ended = once(response, 'close').then(() => undefined);
  const all = <K extends keyof LiveEvents>(name: K) =>
    events.flatMap((event) => (event.name === name ? [event.data as LiveEvents[K]] : []));
  return {
    response,
    events,
    lastId: () => lastId,
    ended,
    all,
    atLeast: (count, name) =>
      eventually(() => {
        const found = all(name);
        if (found.length < count) throw new Error(`${found.length} of ${count} ${name}`);
        return found;
      }),
    close: () => response.destroy(),
  };
}
