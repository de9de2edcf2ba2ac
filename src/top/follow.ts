import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { messageOf, OperatorError } from '../errors.ts';
import { type LiveEvent, readEvent } from './read-event.ts';
import { harmless } from './text.ts';

/** The daemon says something each second; after this it is taken for gone. */
const SILENCE_MS = 10_000;

const RETRY_MS = 1000;

/** The daemon does not speak any more; it is tried again. */
export interface Lost {
  readonly name: 'lost';
  readonly reason: string;
}

/** What is wrong when a URL gives no feed, for people. */
class FeedProblem extends Error {}

/**
 * The events of a daemon's live feed, for as long as the signal lasts: once it has been met, it is looked for again and
 * again when it goes.
 *
 * @throws OperatorError (`fault`) when nothing answers at first, or something that is no peermeter
 */
export async function* follow(url: URL, signal: AbortSignal): AsyncGenerator<LiveEvent | Lost> {
  const connection: Connection = { url, signal, lastId: undefined };
  let hasMet = false;
  while (!signal.aborted) {
    try {
      for await (const event of connected(connection)) {
        hasMet = true;
        yield event;
      }
      yield { name: 'lost', reason: HUNG_UP };
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof FeedProblem ? error.message : reasonOf(error);
      if (!hasMet) throw unmet(url, reason, error);
      yield { name: 'lost', reason };
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function unmet(url: URL, reason: string, cause: unknown): OperatorError {
  const advice = reason === HUNG_UP ? ' before it said anything: is that its port for peers?' : '';
  return new OperatorError('fault', `${url.origin}: ${reason}${advice}`, { cause });
}

interface Connection {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** Of the last point that came: what was given before is not given again. */
  lastId: string | undefined;
}

async function* connected(connection: Connection): AsyncGenerator<LiveEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new FeedProblem('it says nothing')), SILENCE_MS);
  try {
    const response = await fetch(connection.url, {
      headers: connection.lastId === undefined ? {} : { 'last-event-id': connection.lastId },
      redirect: 'manual',
      signal: AbortSignal.any([connection.signal, silence.signal]),
    });
    const events = await eventsOf(response);
    let hasGreeted = false;
    for await (const { event: name, data, id } of events) {
      timer.refresh();
      const event = understood(name, data);
      if (event === undefined) continue;
      hasGreeted ||= event.name === 'hello';
      if (!hasGreeted) throw new FeedProblem('what answers there is no peermeter: it does not say who it is');
      connection.lastId = id ?? connection.lastId;
      yield event;
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

async function eventsOf(response: Response) {
  const type = response.headers.get('content-type') ?? 'no type';
  if (response.status === 200 && type.startsWith('text/event-stream') && response.body !== null) {
    return response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  }
  const said = type.startsWith('text/plain') ? firstLine(await response.text()) : type;
  if (response.status === 503) throw new FeedProblem(`it cannot show itself now: ${said}`);
  throw new FeedProblem(`what answers there has no live feed of a peermeter: status ${response.status}, ${said}`);
}

function understood(name: string | undefined, data: string): LiveEvent | undefined {
  try {
    return readEvent(name, data);
  } catch (error) {
    throw new FeedProblem(`what answers there is no peermeter: ${messageOf(error)}`);
  }
}

const HUNG_UP = 'it has ended the connection';

const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there: start a daemon with `peermeter run`, or name the address of its metrics',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'nothing answers there in time',
  UND_ERR_CONNECT_TIMEOUT: 'nothing answers there in time',
  ECONNRESET: HUNG_UP,
  UND_ERR_SOCKET: HUNG_UP,
};

/** What `fetch` means when it says that it failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code } = cause as { code?: unknown };
  const known = typeof code === 'string' ? ADVICE[code] : undefined;
  if (known !== undefined) return known;
  if (String(code).startsWith('HPE_')) return 'what answers there does not speak HTTP';
  return firstLine(messageOf(cause));
}

function firstLine(text: string): string {
  return harmless((text.split('\n')[0] ?? '').slice(0, 120), true);
}
