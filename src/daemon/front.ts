import type { Config } from '../config/settings.ts';
import { LIVE_PAGE } from '../entries.ts';
import { listenProblem } from '../errors.ts';
import { pageRoutes, readPage } from '../http/page-routes.ts';
import { type Health, metricsRoutes } from '../http/routes.ts';
import { HttpServer } from '../http/server.ts';
import type { Logger } from '../log/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface FrontInit {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly health: () => Health;
  readonly log: Logger;
}

/** Where a daemon can be asked. */
export interface FrontAddress {
  readonly httpUrl: string;
  /** Absent when the prometheus exporter is off. */
  readonly metricsUrl: string | undefined;
}

/** The side of the daemon that faces whoever watches it: the live page, metrics and health over HTTP. */
export interface Front {
  /** Throws an OperatorError (`fault`) for a port that cannot be had. */
  start(): Promise<FrontAddress>;
  stop(): Promise<void>;
}

export function createFront({ config, telemetry, health, log }: FrontInit): Front {
  const metrics = metricsRoutes({ scrape: telemetry.scrape, health });
  const http = new HttpServer({
    host: config.metricsHost,
    port: config.metricsPort,
    allowedHosts: config.metricsAllowedHosts,
    routes: { ...metrics, ...pageRoutes(readPage(LIVE_PAGE), metrics['/']) },
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
