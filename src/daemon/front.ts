import type { Config } from '../config/settings.ts';
import { LIVE_PAGE } from '../entries.ts';
import { listenProblem } from '../errors.ts';
import { pageRoutes, readPage } from '../http/page-routes.ts';
import { profileRoutes } from '../http/profile-route.ts';
import { type Health, metricsRoutes } from '../http/routes.ts';
import { HttpServer } from '../http/server.ts';
import { type ConnectedPeers, LiveFeed } from '../live/live-feed.ts';
import type { Logger } from '../log/logger.ts';
import { MAX_PROFILE_SECONDS, type TakeProfile } from '../profile/heap-profile.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';

export interface FrontInit {
  readonly config: Config;
  readonly peerId: string;
  readonly telemetry: Telemetry;
  readonly health: () => Health;
  /** Who is connected, at most so many; for the live feed, while somebody looks. */
  readonly peers: (most: number) => Promise<ConnectedPeers> | ConnectedPeers;
  /** Takes a heap profile of the daemon, or of one of its processes. */
  readonly profile: TakeProfile;
  readonly log: Logger;
}

/** Where a daemon can be asked. */
export interface FrontAddress {
  readonly httpUrl: string;
  /** Absent when the prometheus exporter is off. */
  readonly metricsUrl: string | undefined;
}

/** The side of the daemon that faces whoever watches it: the live page and its feed, metrics and health over HTTP. */
export interface Front {
  /** Throws an OperatorError (`fault`) for a port that cannot be had. */
  start(): Promise<FrontAddress>;
  /** Peers can dial these addresses from now on. */
  listening(addresses: readonly string[]): void;
  /** Tells whoever looks that the daemon is stopping. Metrics and health can still be asked for. */
  takeLeave(): void;
  stop(): Promise<void>;
}

export function createFront({ config, peerId, telemetry, health, peers, profile, log }: FrontInit): Front {
  const startedAtMs = Date.now();
  let dialable: readonly string[] = [];
  const live = new LiveFeed({
    hello: () => ({
      service: config.serviceName,
      peerId,
      version: VERSION,
      addresses: dialable,
      startedAtMs,
      processes: config.processes,
    }),
    figures: telemetry.figures,
    peers,
    log,
  });
  const metrics = metricsRoutes({ scrapes: telemetry.scrapes, health });
  const http = new HttpServer({
    host: config.metricsHost,
    port: config.metricsPort,
    allowedHosts: config.metricsAllowedHosts,
    routes: {
      ...metrics,
      ...live.routes,
      ...pageRoutes(readPage(LIVE_PAGE), metrics['/']),
      ...profileRoutes({ take: config.profiling ? profile : undefined, maxSeconds: MAX_PROFILE_SECONDS }),
    },
    log,
  });
  return {
    async start() {
      const { host, port } = await http.start().catch((error) => {
        const attempt = { host: config.metricsHost, port: config.metricsPort };
        throw listenProblem('cannot serve metrics', { ...attempt, hostFlag: '--metrics-host', portFlag: '-m' }, error);
      });
      live.start();
      const httpUrl = `http://${urlHost(host)}:${port}`;
      const [scrape] = telemetry.scrapes;
      return { httpUrl, metricsUrl: scrape && `${httpUrl}${scrape.path}` };
    },
    listening(addresses) {
      dialable = addresses;
    },
    takeLeave: () => live.stop(),
    stop: () => http.stop(),
  };
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
