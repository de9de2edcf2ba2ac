import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { NAMINGS, type Naming } from '../contract/naming.ts';
import { EXPORTERS, type ExporterName } from '../contract/vocabulary.ts';
import { LOG_LEVELS, type LogLevel } from '../log/logger.ts';
import { LEVERS, type Lever } from './levers.ts';
import { bindAddress, duration, flag, httpUrl, integer, listOf, oneOf, type Parse, someOf, text } from './parse.ts';
import type { TargetAddress } from './target.ts';

/** One thing an operator may set. */
export interface Setting<T> {
  /** Command-line flag as the help shows it; none for what only the environment sets. */
  readonly flags?: string;
  /** Environment variables, the first that is set counts. */
  readonly env: readonly string[];
  readonly parse: Parse<T>;
  /** For a variable whose text is read in another way. */
  readonly parseVariable?: Readonly<Record<string, Parse<T>>>;
  readonly default: T;
  readonly help: string;
  /** A flag that may be given several times; its values are joined with commas. */
  readonly repeatable?: true;
}

const setting = <T>(definition: Setting<T>): Setting<T> => definition;

/** For what `load.ts` reads, with a library that this table must not load: `--help` shows the table. */
const readByLoad = (): never => {
  throw new Error('read by load.ts');
};

const port = integer(0, 65_535);

/** More than any machine this was thought of for has cores. */
const MAX_PROCESSES = 256;

/** What the OTLP exporter may be told to speak. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** Who answers the pings of others. */
export const PING_HANDLERS = ['own', 'libp2p'] as const;
export type PingHandler = (typeof PING_HANDLERS)[number];

/** Whether a peer is pinged on one stream that stays open, or on a new one each time. */
export const PING_STREAMS = ['held', 'new'] as const;
export type PingStreams = (typeof PING_STREAMS)[number];

/** Every setting: the command line, the environment and their documentation are made from this table. */
export const SETTINGS = {
  host: setting({
    flags: '--host <ip>',
    env: ['PEERMETER_HOST'],
    parse: bindAddress(isIP),
    default: '127.0.0.1',
    help: 'address to listen on for peers; 0.0.0.0 or :: takes them from other machines',
  }),
  port: setting({
    flags: '-p, --port <port>',
    env: ['PEERMETER_PORT'],
    parse: port,
    default: 8001,
    help: 'TCP port to listen on for peers; 0 takes a free one',
  }),
  targets: setting<readonly TargetAddress[]>({
    flags: '-d, --dial <multiaddr>',
    env: ['PEERMETER_DIAL'],
    parse: readByLoad,
    default: [],
    help: 'peer to connect to and keep connected; may be given many times',
    repeatable: true,
  }),
  keyFile: setting<string | undefined>({
    flags: '--key <file>',
    env: ['PEERMETER_KEY'],
    parse: text,
    default: undefined,
    help: 'private key of this node, made when missing (default: one a port in the state directory; with -p 0 a new identity each start)',
  }),
  maxPeers: setting({
    flags: '--max-peers <n>',
    env: ['PEERMETER_MAX_PEERS'],
    parse: integer(1, 1_000_000),
    default: 100,
    help: 'most remote peers at once',
  }),
  maxConnections: setting({
    flags: '--max-connections <n>',
    env: ['PEERMETER_MAX_CONNECTIONS'],
    parse: integer(1, 1_000_000),
    default: 200,
    help: 'size of the connection pool: most connections at once',
  }),
  processes: setting({
    flags: '--processes <n>',
    env: ['PEERMETER_PROCESSES'],
    parse: processCount,
    default: 1,
    help: 'processes to spread the connections over, behind one port; auto takes one for each core',
  }),
  pingIntervalMs: setting({
    flags: '--ping-interval <time>',
    env: ['PEERMETER_PING_INTERVAL'],
    parse: duration(10, 100_000),
    default: 1000,
    help: 'time between two pings to a peer',
  }),
  pingTimeoutMs: setting({
    flags: '--ping-timeout <time>',
    env: ['PEERMETER_PING_TIMEOUT'],
    parse: duration(10, 60_000),
    default: 5000,
    help: 'a ping not answered by then has failed; three in a row close the connection',
  }),
  pingHandler: setting<PingHandler>({
    flags: '--ping-handler <which>',
    env: ['PEERMETER_PING_HANDLER'],
    parse: oneOf(PING_HANDLERS),
    default: 'own',
    help: "who answers pings: own, or libp2p for the library's handler, which ends each stream after 10 s",
  }),
  pingStreams: setting<PingStreams>({
    flags: '--ping-streams <which>',
    env: ['PEERMETER_PING_STREAMS'],
    parse: oneOf(PING_STREAMS),
    default: 'held',
    help: 'ping a peer on one held stream, or on a new stream each time, for peers that need it',
  }),
  tuning: setting<readonly Lever[]>({
    flags: '--tuning <levers>',
    env: ['PEERMETER_TUNING'],
    parse: someOf(LEVERS),
    default: LEVERS,
    help: `what is done to libp2p to make it cheaper: all, none or some of ${LEVERS.join(', ')}`,
  }),
  metricsHost: setting({
    flags: '--metrics-host <ip>',
    env: ['PEERMETER_METRICS_HOST'],
    parse: bindAddress(isIP),
    default: '127.0.0.1',
    help: 'address of the metrics endpoint',
  }),
  metricsPort: setting({
    flags: '-m, --metrics-port <port>',
    env: ['PEERMETER_METRICS_PORT'],
    parse: port,
    default: 8081,
    help: 'port of the metrics endpoint; 0 takes a free one',
  }),
  metricsAllowedHosts: setting<readonly string[]>({
    flags: '--metrics-allowed-host <name>',
    env: ['PEERMETER_METRICS_ALLOWED_HOST'],
    parse: listOf(text),
    default: ['host.docker.internal'],
    help: 'host name under which the metrics endpoint may be asked, besides localhost and IP addresses',
    repeatable: true,
  }),
  profiling: setting({
    flags: '--profiling <on|off>',
    env: ['PEERMETER_PROFILING'],
    parse: flag,
    default: true,
    help: 'whether peermeter profile, from this machine, may look into the daemon (default: on)',
  }),
  naming: setting<Naming>({
    flags: '--metrics-naming <naming>',
    env: ['PEERMETER_METRICS_NAMING'],
    parse: oneOf(NAMINGS),
    default: 'documented',
    help: 'documented Prometheus names, or semantic: OpenTelemetry instrument names',
  }),
  perPeerSeries: setting({
    flags: '--per-peer-series <n>',
    env: ['PEERMETER_PER_PEER_SERIES'],
    parse: integer(0, 100_000),
    default: 100,
    help: 'most peers that get series of their own; 0 switches them off',
  }),
  hostMetrics: setting({
    flags: '--host-metrics',
    env: ['PEERMETER_HOST_METRICS'],
    parse: flag,
    default: false,
    help: 'measure the host too (processor, memory, network); costs about 50 ms a collection',
  }),
  logLevel: setting<LogLevel>({
    flags: '--log-level <level>',
    env: ['PEERMETER_LOG_LEVEL'],
    parse: oneOf(LOG_LEVELS),
    default: 'info',
    help: 'error, warn, info or debug',
  }),
  exporters: setting<readonly ExporterName[]>({
    flags: '--exporters <list>',
    env: ['OTEL_METRICS_EXPORTER'],
    parse: exporterList,
    default: EXPORTERS,
    help: 'where telemetry goes: otlp (push), prometheus (the metrics endpoint), both with a comma, or none',
  }),
  otlpEndpoint: setting({
    flags: '--otlp-endpoint <url>',
    env: ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    parse: (value) => `${httpUrl(value).replace(/\/+$/, '')}/v1/metrics`,
    // The OpenTelemetry specification: the variable for one signal is the whole URL, the general one is its base.
    parseVariable: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: httpUrl },
    default: 'http://127.0.0.1:4318/v1/metrics',
    help: 'OTLP/HTTP address of the Collector, without /v1/metrics (default: http://127.0.0.1:4318)',
  }),
  otlpProtocol: setting<OtlpProtocol>({
    env: ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    parse: oneOf(OTLP_PROTOCOLS),
    default: 'http/protobuf',
    help: 'http/protobuf or http/json',
  }),
  exportIntervalMs: setting({
    env: ['OTEL_METRIC_EXPORT_INTERVAL'],
    parse: duration(100, 3_600_000, 'ms'),
    default: 5000,
    help: 'milliseconds between two pushes',
  }),
  exportTimeoutMs: setting<number | undefined>({
    env: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    parse: duration(1, 3_600_000, 'ms'),
    default: undefined,
    help: 'milliseconds after which a push has failed, at most the interval (default: the interval)',
  }),
  serviceName: setting({
    env: ['OTEL_SERVICE_NAME'],
    parse: text,
    default: 'peermeter',
    help: 'service.name of the telemetry, and job in Prometheus',
  }),
  resourceAttributes: setting<Readonly<Record<string, string>>>({
    env: ['OTEL_RESOURCE_ATTRIBUTES'],
    parse: keyValueList,
    default: {},
    help: 'more resource attributes: key=value,key=value, percent-encoded',
  }),
};

export type SettingKey = keyof typeof SETTINGS;

/** What the operator has set, complete. */
export type Config = { readonly [K in SettingKey]: ReturnType<(typeof SETTINGS)[K]['parse']> };

function processCount(value: string): number {
  if (value.trim() === 'auto') return availableParallelism();
  try {
    return integer(1, MAX_PROCESSES)(value);
  } catch {
    throw new Error(`a whole number from 1 to ${MAX_PROCESSES}, or auto`);
  }
}

function exporterList(value: string): readonly ExporterName[] {
  if (value.trim() === 'none') return [];
  try {
    return [...new Set(listOf(oneOf(EXPORTERS))(value))];
  } catch {
    throw new Error(`a list of ${EXPORTERS.join(', ')}, or none`);
  }
}

function keyValueList(value: string): Readonly<Record<string, string>> {
  const pairs = listOf(text)(value).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Error('key=value pairs with commas between them');
    try {
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const;
    } catch {
      throw new Error('key=value pairs whose values are percent-encoded');
    }
  });
  return Object.fromEntries(pairs);
}
