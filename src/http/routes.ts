import { type Reply, type Route, textReply } from './reply.ts';

/** The text format every Prometheus reads. */
const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Health {
  /** Whether the daemon works at all; a supervisor restarts it when not. */
  readonly live: boolean;
  /** Whether it takes peers now. */
  readonly ready: boolean;
  /** Why it is not live or not ready. */
  readonly reason?: string;
}

export interface MetricsRoutesInit {
  /** The metrics in Prometheus' text format; none when that exporter is off. */
  scrape: (() => Promise<string>) | undefined;
  health: () => Health;
}

/** `/metrics` (and `/`, for whoever types only the address), `/healthz` and `/readyz`. */
export function metricsRoutes(init: MetricsRoutesInit) {
  const scrape = init.scrape && shared(init.scrape);
  const metrics = async (): Promise<Reply> =>
    scrape === undefined
      ? textReply(404, 'the prometheus exporter is off (OTEL_METRICS_EXPORTER): /healthz and /readyz are here')
      : { status: 200, contentType: EXPOSITION_TYPE, body: await scrape() };
  return {
    '/': metrics,
    '/metrics': metrics,
    '/healthz': () => {
      const { live, reason = 'not live' } = init.health();
      return verdict(live, reason);
    },
    '/readyz': () => {
      const { live, ready, reason = 'not ready' } = init.health();
      return verdict(live && ready, reason);
    },
  } satisfies Record<string, Route>;
}

function verdict(fine: boolean, reason: string): Reply {
  return fine ? textReply(200, 'ok') : textReply(503, reason.replaceAll(/\s+/g, ' '));
}

/** Who asks while a collection is under way gets its result: many scrapers cost no more than one after the other. */
function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
