import { fileURLToPath } from 'node:url';
import { ensureCollector } from './build.ts';
import { type Child, type ExitStatus, startChild, untilReady } from './child.ts';
import { claimPorts, LOOPBACK, type PortRequest, retryIfOutrun } from './ports.ts';

const READY_TIMEOUT_MS = 20_000;

/** The Collector's ports. */
export interface CollectorPorts {
  /** OTLP/HTTP in. */
  readonly otlp: number;
  /** The Prometheus exporter: what was pushed. */
  readonly prometheus: number;
  readonly health: number;
  /** The Collector's metrics about itself. */
  readonly self: number;
}

/** How to start a Collector. */
export interface CollectorInit {
  /** Configuration file; it must take its addresses from `OTELCOL_*` and have the health_check extension. @default otel-collector/config.yaml */
  readonly config?: string;
  /** Added to this process's environment, for what a configuration reads from it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ports wanted; absent or 0 means any free one. @default {} */
  readonly ports?: Partial<CollectorPorts>;
  /** The command line flags that move the ports, for error messages. */
  readonly portFlags?: Readonly<Record<keyof CollectorPorts, string>>;
  /** Receives every line the Collector prints. */
  readonly log?: (line: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A running, healthy Collector. */
export interface Collector {
  /** Base of OTLP/HTTP, as in `OTEL_EXPORTER_OTLP_ENDPOINT`: metrics go to `/v1/metrics` under it. */
  readonly otlpUrl: string;
  /** What was pushed, in Prometheus' text format. */
  readonly metricsUrl: string;
  /** The Collector's metrics about itself. */
  readonly selfUrl: string;
  readonly healthUrl: string;
  readonly ports: CollectorPorts;
  readonly pid: number;
  /** Settles when it has ended, for whatever reason. */
  readonly exited: Promise<ExitStatus>;
  /** The last 200 lines of its output. */
  logTail(): string[];
  /** SIGTERM, then SIGKILL after 5 s. */
  stop(): Promise<void>;
}

/**
 * Starts a Collector on 127.0.0.1, building it first when need be, and waits until it is healthy.
 *
 * @throws StackError `port-taken`, `start-failed` (with the end of its output; after 20 s at the latest), and what a
 *   build throws
 */
export async function startCollector(init: CollectorInit = {}): Promise<Collector> {
  const { otelcol } = await ensureCollector({ signal: init.signal });
  const wanted = portRequests(init);
  return retryIfOutrun(Object.values(wanted), async () => launch(otelcol, await claimPorts(wanted), init));
}

async function launch(otelcol: string, ports: CollectorPorts, init: CollectorInit): Promise<Collector> {
  const config = init.config ?? fileURLToPath(new URL('../otel-collector/config.yaml', import.meta.url));
  const child = await startChild({
    name: 'the OpenTelemetry Collector',
    command: otelcol,
    args: ['--config', config],
    env: { ...process.env, ...init.env, ...addresses(ports) },
    log: init.log,
  });
  const healthUrl = `http://${LOOPBACK}:${ports.health}`;
  await untilReady(child, {
    isReady: async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(1_000) })).ok,
    timeoutMs: READY_TIMEOUT_MS,
    signal: init.signal,
  });
  return describe(child, ports, healthUrl);
}

function describe(child: Child, ports: CollectorPorts, healthUrl: string): Collector {
  const { pid, exited, logTail, stop } = child;
  return {
    otlpUrl: `http://${LOOPBACK}:${ports.otlp}`,
    metricsUrl: `http://${LOOPBACK}:${ports.prometheus}/metrics`,
    selfUrl: `http://${LOOPBACK}:${ports.self}/metrics`,
    healthUrl,
    ports,
    pid,
    exited,
    logTail,
    stop,
  };
}

function portRequests({ ports = {}, portFlags }: CollectorInit): Record<keyof CollectorPorts, PortRequest> {
  const request = (name: keyof CollectorPorts, what: string): PortRequest => ({
    what: `the Collector's ${what}`,
    port: ports[name],
    flag: portFlags?.[name],
  });
  return {
    otlp: request('otlp', 'OTLP/HTTP receiver'),
    prometheus: request('prometheus', 'Prometheus exporter'),
    health: request('health', 'health check'),
    self: request('self', 'own metrics'),
  };
}

/** The names that otel-collector/config.yaml reads. */
function addresses(ports: CollectorPorts): Record<string, string> {
  return {
    OTELCOL_OTLP_ADDR: `${LOOPBACK}:${ports.otlp}`,
    OTELCOL_PROMETHEUS_ADDR: `${LOOPBACK}:${ports.prometheus}`,
    OTELCOL_HEALTH_ADDR: `${LOOPBACK}:${ports.health}`,
    OTELCOL_SELF_HOST: LOOPBACK,
    OTELCOL_SELF_PORT: String(ports.self),
  };
}
