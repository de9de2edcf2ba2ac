import type { IncomingMessage } from 'node:http';

/** What a route answers: a whole body, or one that goes on. */
export type Reply = WholeReply | StreamReply;

interface ReplyHead {
  readonly status: number;
  readonly contentType: string;
  /** Further headers; they win over the server's own, its security headers included. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WholeReply extends ReplyHead {
  readonly body: string | Uint8Array;
}

/** A reply whose body goes on for as long as both sides like. */
export interface StreamReply extends ReplyHead {
  /** Called once the head is sent; not for HEAD, and not when the client has gone by then. */
  readonly follow: (stream: ReplyStream) => void;
}

/** The body of a reply that goes on. Once the client has gone everything written to it is dropped. */
export interface ReplyStream {
  /** Sends this, or keeps it until the client has taken what came before. */
  write(bytes: string | Uint8Array): void;
  /** What was written and has not left this process. */
  readonly backlogBytes: number;
  /** Ends the reply, and the connection, once all of it has left. */
  end(): void;
  /** Ends the connection at once. */
  drop(): void;
  /** Calls `then` when the connection is gone, whoever ended it. */
  onClosed(then: () => void): void;
}

/** Answers GET and HEAD of one path. */
export type Route = (request: IncomingMessage) => Promise<Reply> | Reply;

/** Path to route. Paths are matched whole. */
export type Routes = Readonly<Record<string, Route>>;

/** A reply of one line of text. */
export function textReply(status: number, line: string, headers: Readonly<Record<string, string>> = {}): WholeReply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${line}\n`, headers };
}
