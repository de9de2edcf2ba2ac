import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../log/logger.ts';
import { codeBody } from './compression.ts';
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts';
import { refuse } from './refusal.ts';
import { type Reply, type Route, type Routes, type StreamReply, textReply, type WholeReply } from './reply.ts';
import { replyStream } from './reply-stream.ts';
import { parseTarget } from './request-target.ts';

/** A reply is text or data of ours, never a page for others to frame, sniff, keep or load anything from. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const;

export interface HttpServerInit {
  /** The address to listen on. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Names besides `localhost` and addresses that a request may call this server by. */
  allowedHosts: readonly string[];
  routes: Routes;
  log: Logger;
  /** @default DEFAULT_LIMITS */
  limits?: Partial<HttpLimits>;
}

/** The daemon's own HTTP server: few paths, GET and HEAD only. */
export class HttpServer {
  readonly #init: HttpServerInit;
  readonly #limits: HttpLimits;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #server: Server;
  #stopping: Promise<void> | undefined;

  constructor(init: HttpServerInit) {
    this.#init = init;
    this.#limits = { ...DEFAULT_LIMITS, ...init.limits };
    this.#routes = new Map(Object.entries(init.routes));
    this.#server = this.#createServer();
  }

  /**
   * Listens.
   *
   * @returns the address and port it listens on
   * @throws the system's error as it is (EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOTFOUND)
   */
  async start(): Promise<{ host: string; port: number }> {
    const { host, port, log } = this.#init;
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => log.warn('http server error', { error }));
    const bound = this.#server.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  /** Ends idle connections at once and busy ones after half a second at most. Never throws; needs no start. */
  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      const deadline = setTimeout(() => this.#server.closeAllConnections(), this.#limits.stopGraceMs);
      this.#server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
    });
    return this.#stopping;
  }

  #createServer(): Server {
    const { maxConnections, socketTimeoutMs, stopGraceMs: _, ...limits } = this.#limits;
    const server = createServer(
      {
        ...limits,
        // How often Node.js looks for connections over their time; its own default is half a minute.
        connectionsCheckingInterval: Math.min(1000, limits.headersTimeout),
      },
      (request, response) => void this.#answer(request, response),
    );
    server.maxConnections = maxConnections;
    server.timeout = socketTimeoutMs;
    // A full house of idle connections must not lock the next scrape out.
    server.on('drop', () => server.closeIdleConnections());
    return server;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#reply(request);
      if ('follow' in reply) this.#stream(request, response, reply);
      else await this.#send(request, response, reply);
    } catch (error) {
      this.#init.log.error('http reply failed', { error });
      response.destroy();
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const target = parseTarget(request.url ?? '');
    const refusal = refuse(request, target, this.#init.allowedHosts);
    if (refusal !== undefined) return refusal;
    const path = target?.path ?? '';
    const route = this.#routes.get(path);
    if (route === undefined) return textReply(404, `not found; there is ${[...this.#routes.keys()].sort().join(', ')}`);
    try {
      return await route(request);
    } catch (error) {
      this.#init.log.error('http handler failed', { path, error });
      this.#init.log.debug('http handler failed', { stack: error instanceof Error ? error.stack : undefined });
      return textReply(500, 'internal error; the log says more');
    }
  }

  async #send(request: IncomingMessage, response: ServerResponse, reply: WholeReply): Promise<void> {
    const { bytes, encoding } = await codeBody(reply.body, request);
    this.#head(response, reply, {
      vary: 'Accept-Encoding',
      'content-length': bytes.byteLength,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      ...(this.#stopping === undefined ? {} : { connection: 'close' }),
    });
    // Node.js leaves the body out when the request was HEAD.
    response.end(bytes);
  }

  /** A body that goes on is not compressed: it is many small ones, which are the same for everybody who follows. */
  #stream(request: IncomingMessage, response: ServerResponse, reply: StreamReply): void {
    if (response.destroyed) return;
    // Nothing comes on this connection once such a reply has ended.
    this.#head(response, reply, { connection: 'close' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    reply.follow(replyStream(response));
  }

  #head(response: ServerResponse, reply: Reply, more: Readonly<Record<string, string | number>>): void {
    const headers = { ...SECURITY_HEADERS, 'content-type': reply.contentType, ...more, ...reply.headers };
    response.statusCode = reply.status;
    // One by one, so that a route's header replaces ours however it is spelt.
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }
}
