import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { NAMINGS, type Naming } from '../contract/naming.ts';
import { LOG_LEVELS, type LogLevel } from '../log/logger.ts';
import { exporterNames } from './exporter-names.ts';
import type { ExporterConfig } from './exporter-type.ts';
import { filePath, many, one, optional, pairs, someWords } from './format.ts';
import { LEVERS, type Lever } from './levers.ts';
import { bindAddress, duration, flag, integer, oneOf, type Parse, someOf, text, trueOrFalse } from './parse.ts';
import { setting } from './setting.ts';
import type { TargetAddress } from './target.ts';

/** For what `load.ts` reads, with a library that this table must not load: `--help` shows the table. */
const readByLoad = Object.assign(
  (): never => {
    throw new Error('read by load.ts');
  },
  { schema: { type: 'string', pattern: '^\\s*/.*/tcp/.*/p2p/' } },
);

const port = integer(0, 65_535);

/** More than any machine this was thought of for has cores. */
const MAX_PROCESSES = 256;

const processes: Parse<number> = Object.assign(
  (value: string): number => {
    if (value.trim() === 'auto') return availableParallelism();
    try {
      return integer(1, MAX_PROCESSES)(value);
    } catch {
      throw new Error(`a whole number from 1 to ${MAX_PROCESSES}, or auto`);
    }
  },
  { schema: { anyOf: [{ type: 'integer', minimum: 1, maximum: MAX_PROCESSES }, { const: 'auto' }] } },
);

/** Who answers the pings of others. */
export const PING_HANDLERS = ['own', 'libp2p'] as const;
export type PingHandler = (typeof PING_HANDLERS)[number];

/** Whether a peer is pinged on one stream that stays open, or on a new one each time. */
export const PING_STREAMS = ['held', 'new'] as const;
export type PingStreams = (typeof PING_STREAMS)[number];

/**
 * Every setting: the command line, the file, the environment and their documentation are made from this table. What
 * single exporters may be told stands with them (`src/telemetry/exporters/`).
 */
export const SETTINGS = {
  host: setting({
    key: 'host',
    flags: '--host <ip>',
    env: ['PEERMETER_HOST'],
    format: one(bindAddress(isIP)),
    default: '127.0.0.1',
    help: 'address to listen on for peers; 0.0.0.0 or :: takes them from other machines',
  }),
  port: setting({
    key: 'port',
    flags: '-p, --port <port>',
    env: ['PEERMETER_PORT'],
    format: one(port),
    default: 8001,
    help: 'TCP port to listen on for peers; 0 takes a free one',
  }),
  targets: setting<readonly TargetAddress[]>({
    key: 'dial',
    flags: '-d, --dial <multiaddr>',
    env: ['PEERMETER_DIAL'],
    format: many(readByLoad),
    default: [],
    help: 'peer to connect to and keep connected; may be given many times',
    repeatable: true,
  }),
  keyFile: setting<string | undefined>({
    key: 'key',
    flags: '--key <file>',
    env: ['PEERMETER_KEY'],
    format: optional(filePath),
    default: undefined,
    help: 'private key of this node, made when missing (default: one a port in the state directory; with -p 0 a new identity each start)',
  }),
  maxPeers: setting({
    key: 'max-peers',
    flags: '--max-peers <n>',
    env: ['PEERMETER_MAX_PEERS'],
    format: one(integer(1, 1_000_000)),
    default: 100,
    help: 'most remote peers at once',
  }),
  maxConnections: setting({
    key: 'max-connections',
    flags: '--max-connections <n>',
    env: ['PEERMETER_MAX_CONNECTIONS'],
    format: one(integer(1, 1_000_000)),
    default: 200,
    help: 'size of the connection pool: most connections at once',
  }),
  processes: setting({
    key: 'processes',
    flags: '--processes <n>',
    env: ['PEERMETER_PROCESSES'],
    format: one(processes),
    default: 1,
    help: 'processes to spread the connections over, behind one port; auto takes one for each core',
  }),
  pingIntervalMs: setting({
    key: 'ping-interval',
    flags: '--ping-interval <time>',
    env: ['PEERMETER_PING_INTERVAL'],
    format: one(duration(10, 100_000)),
    default: 1000,
    help: 'time between two pings to a peer',
  }),
  pingTimeoutMs: setting({
    key: 'ping-timeout',
    flags: '--ping-timeout <time>',
    env: ['PEERMETER_PING_TIMEOUT'],
    format: one(duration(10, 60_000)),
    default: 5000,
    help: 'a ping not answered by then has failed; three in a row close the connection',
  }),
  pingHandler: setting<PingHandler>({
    key: 'ping-handler',
    flags: '--ping-handler <which>',
    env: ['PEERMETER_PING_HANDLER'],
    format: one(oneOf(PING_HANDLERS)),
    default: 'own',
    help: "who answers pings: own, or libp2p for the library's handler, which ends each stream after 10 s",
  }),
  pingStreams: setting<PingStreams>({
    key: 'ping-streams',
    flags: '--ping-streams <which>',
    env: ['PEERMETER_PING_STREAMS'],
    format: one(oneOf(PING_STREAMS)),
    default: 'held',
    help: 'ping a peer on one held stream, or on a new stream each time, for peers that need it',
  }),
  tuning: setting<readonly Lever[]>({
    key: 'tuning',
    flags: '--tuning <levers>',
    env: ['PEERMETER_TUNING'],
    format: someWords(someOf(LEVERS), LEVERS),
    default: LEVERS,
    help: `what is done to libp2p to make it cheaper: all, none or some of ${LEVERS.join(', ')}`,
  }),
  metricsHost: setting({
    key: 'metrics-host',
    flags: '--metrics-host <ip>',
    env: ['PEERMETER_METRICS_HOST'],
    format: one(bindAddress(isIP)),
    default: '127.0.0.1',
    help: 'address of the metrics endpoint',
  }),
  metricsPort: setting({
    key: 'metrics-port',
    flags: '-m, --metrics-port <port>',
    env: ['PEERMETER_METRICS_PORT'],
    format: one(port),
    default: 8081,
    help: 'port of the metrics endpoint; 0 takes a free one',
  }),
  metricsAllowedHosts: setting<readonly string[]>({
    key: 'metrics-allowed-host',
    flags: '--metrics-allowed-host <name>',
    env: ['PEERMETER_METRICS_ALLOWED_HOST'],
    format: many(text),
    default: ['host.docker.internal'],
    help: 'host name under which the metrics endpoint may be asked, besides localhost and IP addresses',
    repeatable: true,
  }),
  profiling: setting({
    key: 'profiling',
    flags: '--profiling <on|off>',
    env: ['PEERMETER_PROFILING'],
    format: one(flag),
    default: true,
    help: 'whether peermeter profile, from this machine, may look into the daemon (default: on)',
  }),
  naming: setting<Naming>({
    key: 'metrics-naming',
    flags: '--metrics-naming <naming>',
    env: ['PEERMETER_METRICS_NAMING'],
    format: one(oneOf(NAMINGS)),
    default: 'documented',
    help: 'documented Prometheus names, or semantic: OpenTelemetry instrument names',
  }),
  perPeerSeries: setting({
    key: 'per-peer-series',
    flags: '--per-peer-series <n>',
    env: ['PEERMETER_PER_PEER_SERIES'],
    format: one(integer(0, 100_000)),
    default: 100,
    help: 'most peers that get series of their own; 0 switches them off',
  }),
  hostMetrics: setting({
    key: 'host-metrics',
    flags: '--host-metrics',
    env: ['PEERMETER_HOST_METRICS'],
    format: one(flag),
    default: false,
    help: 'measure the host too (processor, memory, network); costs about 50 ms a collection',
  }),
  logLevel: setting<LogLevel>({
    key: 'log-level',
    flags: '--log-level <level>',
    env: ['PEERMETER_LOG_LEVEL'],
    format: one(oneOf(LOG_LEVELS)),
    default: 'info',
    help: 'error, warn, info or debug',
  }),
  exporters: setting<readonly string[]>({
    key: 'exporters',
    flags: '--exporters <list>',
    env: ['OTEL_METRICS_EXPORTER'],
    format: exporterNames,
    default: ['otlp', 'prometheus'],
    help: 'where telemetry goes: otlp (push), prometheus (the metrics endpoint), console, file, names from the configuration file, or none',
  }),
  exportIntervalMs: setting({
    key: 'export-interval',
    flags: '--export-interval <time>',
    env: ['OTEL_METRIC_EXPORT_INTERVAL'],
    format: one(duration(100, 3_600_000)),
    spellings: { OTEL_METRIC_EXPORT_INTERVAL: one(duration(100, 3_600_000, 'ms')) },
    default: 5000,
    help: 'time between two pushes',
  }),
  exportTimeoutMs: setting<number | undefined>({
    key: 'export-timeout',
    env: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    format: optional(one(duration(0, 3_600_000))),
    spellings: { OTEL_METRIC_EXPORT_TIMEOUT: optional(one(duration(0, 3_600_000, 'ms'))) },
    default: undefined,
    help: 'a push that takes longer has failed; 0, or longer than the interval, is the interval (default: the interval)',
  }),
  serviceName: setting<string | undefined>({
    key: 'service-name',
    env: ['OTEL_SERVICE_NAME'],
    format: optional(one(text)),
    default: undefined,
    help: 'service.name of the telemetry, and job in Prometheus (default: service.name of the resource attributes, or peermeter)',
  }),
  resourceAttributes: setting<Readonly<Record<string, string>>>({
    key: 'resource-attributes',
    env: ['OTEL_RESOURCE_ATTRIBUTES'],
    format: pairs,
    default: {},
    help: 'more resource attributes; in the variable key=value,key=value, percent-encoded',
  }),
  sdkDisabled: setting({
    env: ['OTEL_SDK_DISABLED'],
    format: one(trueOrFalse),
    default: false,
    help: 'true: no telemetry leaves the process, whatever the exporters are',
  }),
};

export type SettingKey = keyof typeof SETTINGS;

/** What the operator has set, complete. */
export type Config = {
  readonly [K in Exclude<
    SettingKey,
    'exporters' | 'exportIntervalMs' | 'exportTimeoutMs' | 'naming' | 'sdkDisabled' | 'serviceName'
  >]: (typeof SETTINGS)[K]['default'];
} & {
  /** `service.name` of the telemetry. */
  readonly serviceName: string;
  /** Every way out that is on, each with all that is said of it. */
  readonly exporters: readonly ExporterConfig[];
};

/** The file with the settings; where it is looked for without a word: `config-file.ts`. */
export const CONFIG_FILE = {
  flags: '-c, --config <file>',
  env: ['PEERMETER_CONFIG'],
  help: 'YAML file of settings (default: peermeter/config.yaml in $XDG_CONFIG_HOME or ~/.config, then /etc/peermeter/config.yaml)',
} as const;
