/** What a client may take of this server. Times in milliseconds. */
export interface HttpLimits {
  /** From the connection, or the first byte of a further request, to the end of the headers. */
  readonly headersTimeout: number;
  /** The same to the end of a request's body, which is thrown away. */
  readonly requestTimeout: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveTimeout: number;
  /** How long a connection with a request on it may carry no byte in either direction. */
  readonly socketTimeoutMs: number;
  readonly maxHeaderSize: number;
  readonly maxConnections: number;
  /** How long `stop` waits for replies under way. */
  readonly stopGraceMs: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  // A scraper sends its few hundred bytes at once. Who sends nothing holds a place no longer than this.
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  // Longer than Prometheus' default scrape interval of a minute: one connection serves all scrapes.
  keepAliveTimeout: 65_000,
  // Three times Prometheus' default scrape timeout: nobody waits for that reply any more.
  socketTimeoutMs: 30_000,
  // What Node.js allows. A scraper needs 1 kB, but a browser sends localhost the cookies of every program there.
  maxHeaderSize: 16_384,
  // A few scrapers, health checks, and a browser with six connections; each costs a descriptor that a peer could have.
  maxConnections: 64,
  // Together with closing, less than a second.
  stopGraceMs: 500,
};
