import { OTLP_ENDPOINT } from '../config/otlp-endpoint.ts';
import { SETTINGS } from '../config/settings.ts';

/** Where a link is, and whether somebody asked for it: one that nobody asked for may be absent. */
export interface Place {
  readonly url: string;
  readonly isAsked: boolean;
}

/** Everything that is looked at. */
export interface Places {
  readonly daemon: string;
  /** The page of the Collector's Prometheus exporter. */
  readonly collector: Place;
  /** The Collector's metrics about itself. */
  readonly collectorSelf: Place;
  readonly collectorHealth: Place;
  /** The Collector's OTLP receiver for metrics. */
  readonly otlp: Place;
  readonly prometheus: Place;
  readonly grafana: Place;
}

export const DEFAULT_PLACES = {
  daemon: `http://127.0.0.1:${SETTINGS.metricsPort.default}`,
  collector: 'http://127.0.0.1:8889/metrics',
  collectorSelf: 'http://127.0.0.1:8888/metrics',
  collectorHealth: 'http://127.0.0.1:13133/',
  otlp: OTLP_ENDPOINT.default,
  prometheus: 'http://127.0.0.1:9090',
  grafana: 'http://127.0.0.1:3000',
} as const;

/** What the command line says; absent is not asked for. */
export type GivenPlaces = { readonly [K in keyof Places]?: string | undefined };

/**
 * Puts the places together. The four addresses of a Collector are on one machine mostly: naming its exporter moves the
 * others to that machine, on their usual ports.
 */
export function placesOf(given: GivenPlaces): Places {
  const host = given.collector === undefined ? undefined : new URL(given.collector).hostname;
  const place = (name: Exclude<keyof Places, 'daemon'>, besideCollector = false): Place => {
    const url = given[name];
    if (url !== undefined) return { url, isAsked: true };
    return {
      url: besideCollector && host !== undefined ? onHost(DEFAULT_PLACES[name], host) : DEFAULT_PLACES[name],
      isAsked: false,
    };
  };
  return {
    daemon: given.daemon ?? DEFAULT_PLACES.daemon,
    collector: place('collector'),
    collectorSelf: place('collectorSelf', true),
    collectorHealth: place('collectorHealth', true),
    otlp: place('otlp', true),
    prometheus: place('prometheus'),
    grafana: place('grafana'),
  };
}

function onHost(url: string, host: string): string {
  const moved = new URL(url);
  moved.hostname = host;
  return moved.href;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)$/;

/**
 * Whether two URLs may be the same end point under two names: somebody in a container, or on another machine, calls it
 * something else, but the port and the path stay. `anyHost` for what there is one of.
 */
export function mayBeSame(theirs: string, ours: string, { anyHost = false } = {}): boolean {
  if (!URL.canParse(theirs) || !URL.canParse(ours)) return false;
  const [a, b] = [new URL(theirs), new URL(ours)];
  if (portOf(a) !== portOf(b)) return false;
  return a.hostname === b.hostname || anyHost || (LOOPBACK.test(a.hostname) && LOOPBACK.test(b.hostname));
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}
