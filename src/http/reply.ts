import type { IncomingMessage } from 'node:http';

/** What a route answers. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Further headers; they win over the server's own, its security headers included. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers GET and HEAD of one path. */
export type Route = (request: IncomingMessage) => Promise<Reply> | Reply;

/** Path to route. Paths are matched whole. */
export type Routes = Readonly<Record<string, Route>>;

/** A reply of one line of text. */
export function textReply(status: number, line: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n`, headers };
}
