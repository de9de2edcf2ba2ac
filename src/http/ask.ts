import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** Everything that is asked here answers within milliseconds; a Prometheus that is busy may need longer. */
const DEADLINE_MS = 5000;

/** More than the page of a daemon with ten thousand peers, or of a Collector with a hundred daemons. */
const MAX_BYTES = 32 * 2 ** 20;

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** @default 5000 */
  readonly deadlineMs?: number;
}

/** What came back, whatever its status. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** When it had been asked and when the answer was there, in Unix milliseconds of this machine. */
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

/** Nothing that could be read as an answer. */
export interface NoAnswer {
  readonly url: string;
  /** For people: `connection refused`. */
  readonly reason: string;
  /** Nothing listens there; everything else is somebody who answers badly, or is slow. */
  readonly isAbsent: boolean;
}

export type Asked = Answer | NoAnswer;

export const isAnswer = (asked: Asked): asked is Answer => 'status' in asked;

/**
 * Asks over HTTP once: no redirects followed, at most 5 s and 32 MiB whatever the other side does. Never throws, and
 * waits for nothing that the deadline does not end.
 *
 * Not `fetch`: that hides what it was that answered when it was no HTTP, and refuses some ports.
 */
export function ask(url: string, question: Question = {}): Promise<Asked> {
  const askedAtMs = Date.now();
  return new Promise((resolve) => {
    const { deadlineMs = DEADLINE_MS } = question;
    const fail = (error: Error): void => resolve({ url, ...explain(error, deadlineMs) });
    try {
      const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
        method: question.method ?? 'GET',
        headers: { accept: '*/*', 'user-agent': 'peermeter', ...question.headers },
        signal: AbortSignal.timeout(deadlineMs),
        // The connection is for one question: none stays open behind a doctor that has left.
        agent: false,
      });
      request.on('error', fail);
      request.on('response', (response) => {
        readBody(response).then((text) => {
          const { statusCode = 0, headers } = response;
          resolve({ url, status: statusCode, headers, text, askedAtMs, answeredAtMs: Date.now() });
        }, fail);
      });
      request.end(question.body);
    } catch (error) {
      fail(error as Error);
    }
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES / 2 ** 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const ABSENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ETIMEDOUT: 'the connection timed out',
  EADDRNOTAVAIL: 'no such address',
};

function explain(error: Error, deadlineMs: number): Pick<NoAnswer, 'reason' | 'isAbsent'> {
  // Node.js reports several addresses of one name together.
  const {
    code = '',
    message,
    rawPacket,
  } = (error instanceof AggregateError ? error.errors[0] : error) as Error & {
    code?: string;
    rawPacket?: Buffer;
  };
  const absent = ABSENT[code];
  if (absent !== undefined) return { reason: absent, isAbsent: true };
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return { reason: `no whole answer within ${deadlineMs / 1000} s`, isAbsent: false };
  }
  if (code.startsWith('HPE_')) {
    const said = rawPacket
      ?.toString('latin1')
      .split(/[\r\n]/)[0]
      ?.slice(0, 40);
    return {
      reason: `what listens there does not speak HTTP${said ? ` (it says ${JSON.stringify(said)})` : ''}`,
      isAbsent: false,
    };
  }
  if (code === 'ECONNRESET') return { reason: 'it hung up without an answer', isAbsent: false };
  return { reason: message || code || error.name, isAbsent: false };
}
