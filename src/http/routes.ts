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
  /** The metrics in Prometheus' text format, by path; none when no exporter of that type is on. */
  scrapes: readonly { readonly path: string; readonly text: () => Promise<string> }[];
  health: () => Health;
}

/** `/metrics` (and `/`, for whoever types only the address), `/healthz` and `/readyz`. */
export function metricsRoutes({ scrapes, health }: MetricsRoutesInit) {
  const metrics = scrapes.map(({ path, text }): [string, Route] => [path, scrapeRoute(text)]);
  const elsewhere = notHere(metrics.map(([path]) => path));
  const [[, first] = ['', elsewhere] as const] = metrics;
  return {
    '/': first,
    '/metrics': elsewhere,
    ...Object.fromEntries(metrics),
    '/healthz': () => {
      const { live, reason = 'not live' } = health();
      return verdict(live, reason);
    },
    '/readyz': () => {
      const { live, ready, reason = 'not ready' } = health();
      return verdict(live && ready, reason);
    },
  } satisfies Record<string, Route>;
}

/** For who asks where no exporter answers. */
function notHere(paths: readonly string[]): Route {
  const there = 'the prometheus exporter is off (OTEL_METRICS_EXPORTER): /healthz and /readyz are here';
  return () => textReply(404, paths.length === 0 ? there : `the metrics are at ${paths.join(', ')}`);
}

function scrapeRoute(text: () => Promise<string>): Route {
  const scrape = shared(text);
  return async (): Promise<Reply> => ({ status: 200, contentType: EXPOSITION_TYPE, body: await scrape() });
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
