import type { Config } from '../config/settings.ts';
import { listenProblem } from '../errors.ts';
import { profileRoutes } from '../http/profile-route.ts';
import { type Health, metricsRoutes } from '../http/routes.ts';
import { HttpServer } from '../http/server.ts';
import type { Logger } from '../log/logger.ts';
import { MAX_PROFILE_SECONDS, type TakeProfile } from '../profile/heap-profile.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface FrontInit {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly health: () => Health;
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

/** The side of the daemon that faces whoever watches it: metrics and health over HTTP. */
export interface Front {
  /** Throws an OperatorError (`fault`) for a port that cannot be had. */
  start(): Promise<FrontAddress>;
  stop(): Promise<void>;
}

export function createFront({ config, telemetry, health, profile, log }: FrontInit): Front {
  const http = new HttpServer({
    host: config.metricsHost,
    port: config.metricsPort,
    allowedHosts: config.metricsAllowedHosts,
    routes: {
      ...metricsRoutes({ scrape: telemetry.scrape, health }),
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
      const httpUrl = `http://${urlHost(host)}:${port}`;
      return { httpUrl, metricsUrl: telemetry.scrape && `${httpUrl}/metrics` };
    },
    stop: () => http.stop(),
  };
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
