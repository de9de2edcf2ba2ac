/** What the feed keeps and gives, and how often. */
export interface LiveLimits {
  /** From one point to the next while somebody looks. */
  readonly intervalMs: number;
  /** The same while nobody does. */
  readonly idleIntervalMs: number;
  /** How long points are kept. */
  readonly keepMs: number;
  /** Most peers that are shown one by one. */
  readonly maxPeers: number;
  readonly maxViewers: number;
  /** Who leaves more than this untaken is let go. */
  readonly maxBacklogBytes: number;
}

export const DEFAULT_LIMITS: LiveLimits = {
  intervalMs: 1000,
  // Nobody who opens the page later misses a second one; a daemon that idles notices a fifth of the collections less.
  idleIntervalMs: 5000,
  keepMs: 15 * 60_000,
  // A quarter of a megabyte a second for each viewer; longer tables nobody reads.
  maxPeers: 1000,
  // The server takes 64 connections: there is room for scrapers and health checks beside a full house.
  maxViewers: 50,
  // The points of 15 minutes, and five tables of a thousand peers.
  maxBacklogBytes: 2 * 2 ** 20,
};
