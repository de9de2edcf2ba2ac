import { type ClientInit, type ClientResult, putLoad } from './client.ts';
import type { Server, ServerName } from './servers.ts';

/** What one scenario saw of one server in one round. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>;
  /** What went wrong on the way, in words. */
  readonly remarks: readonly string[];
}

/** What a figure is. */
export interface Figure {
  readonly unit: string;
  readonly digits: number;
  /** Which way is better; a figure without it only helps to read the others. */
  readonly better?: 'lower' | 'higher';
}

/** One thing that is done to every server. */
export interface Scenario {
  readonly title: string;
  readonly figures: Readonly<Record<string, Figure>>;
  /** Servers that cannot take part. @default none */
  readonly without?: readonly ServerName[];
  measure(server: Server, load: LoadInit): Promise<Sample>;
}

/** What every scenario is told. */
export interface LoadInit {
  readonly client: ClientInit;
  /** Length of a measurement; steady load is measured for twice as long, its figures are so small. */
  readonly seconds: number;
}

const LATENCY: Figure = { unit: 'µs', digits: 1, better: 'lower' };
const CPU_A_PING: Figure = { unit: 'µs', digits: 1, better: 'lower' };
const PERCENT: Figure = { unit: '% of a core', digits: 2, better: 'lower' };

const latencyFigures = { 'RTT p50': LATENCY, 'RTT p99': LATENCY };
const saturationFigures = {
  'pings/s': { unit: '1/s', digits: 0, better: 'higher' },
  'server CPU a ping': CPU_A_PING,
  'RTT p99': LATENCY,
  'server CPU': { unit: '% of a core', digits: 0 },
  'client CPU': { unit: '% of a core', digits: 0 },
} as const satisfies Record<string, Figure>;
const steadyFigures = { 'server CPU': PERCENT, 'RTT p50': LATENCY, 'RTT p99': LATENCY };
const stampedeFigures = {
  'connections/s': { unit: '1/s', digits: 0, better: 'higher' },
  'all in after': { unit: 'ms', digits: 0, better: 'lower' },
  'server CPU a connection': { unit: 'ms', digits: 2, better: 'lower' },
  'client CPU': { unit: '% of a core', digits: 0 },
} as const satisfies Record<string, Figure>;

const STREAM_A_PING = ['-new'];
/** A plain TCP connection has no streams. */
const withoutRaw = ['raw-echo'] as const;

/** Every scenario, in the order they are run. */
export const SCENARIOS = {
  'rtt-held': {
    title: 'one peer, one ping after the other on one held stream',
    figures: latencyFigures,
    measure: (server, load) => closedLoop(server, load, ['-mode', 'rtt'], latency),
  },
  'rtt-new': {
    title: 'one peer, one ping after the other, a stream a ping',
    figures: latencyFigures,
    without: withoutRaw,
    measure: (server, load) => closedLoop(server, load, ['-mode', 'rtt', ...STREAM_A_PING], latency),
  },
  'saturate-held': {
    title: '50 peers, a ping always under way on the held stream of each',
    figures: saturationFigures,
    measure: (server, load) => closedLoop(server, load, saturate(50), saturation),
  },
  'saturate-new': {
    title: '50 peers, a ping always under way from each, a stream a ping',
    figures: saturationFigures,
    without: withoutRaw,
    measure: (server, load) => closedLoop(server, load, [...saturate(50), ...STREAM_A_PING], saturation),
  },
  'steady-50': {
    title: '50 peers, 1 ping/s from each on a held stream, sent when due (open loop)',
    figures: steadyFigures,
    measure: (server, load) => steady(server, load, 50),
  },
  'steady-500': {
    title: '500 peers, 1 ping/s from each on a held stream, sent when due (open loop)',
    figures: steadyFigures,
    measure: (server, load) => steady(server, load, 500),
  },
  'connect-50': {
    title: '50 peers at once at a cold server, until the first ping of the last one is answered',
    figures: stampedeFigures,
    measure: (server, load) => stampede(server, load, 50),
  },
  'connect-500': {
    title: '500 peers at once at a cold server, until the first ping of the last one is answered',
    figures: stampedeFigures,
    measure: (server, load) => stampede(server, load, 500),
  },
  'connect-1000': {
    title: '1,000 peers at once at a cold server, until the first ping of the last one is answered',
    figures: stampedeFigures,
    measure: (server, load) => stampede(server, load, 1000),
  },
  'memory-500': {
    title: '500 idle peers, each with an open ping stream; RSS over the same server when empty',
    figures: {
      'RSS a peer': { unit: 'kB', digits: 1, better: 'lower' },
      'RSS when empty': { unit: 'MB', digits: 1, better: 'lower' },
    },
    measure: memory,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

type Read = (result: ClientResult) => Record<string, number>;

const latency: Read = ({ rttMicros }) => ({
  'RTT p50': rttMicros?.p50 ?? Number.NaN,
  'RTT p99': rttMicros?.p99 ?? Number.NaN,
});

const saturation: Read = (result) => ({
  'pings/s': result.pingsPerSecond,
  'server CPU a ping': result.serverCpuMicrosPerPing,
  'RTT p99': latency(result)['RTT p99'] ?? Number.NaN,
  'server CPU': (100 * result.serverCpuSeconds) / result.seconds,
  'client CPU': (100 * result.clientCpuSeconds) / result.seconds,
});

function saturate(peers: number): string[] {
  return ['-mode', 'saturate', '-connections', String(peers)];
}

async function closedLoop(server: Server, load: LoadInit, args: string[], read: Read): Promise<Sample> {
  // JavaScript is slow until it has been compiled: as much again, up to two seconds, goes before.
  const times = ['-warmup', `${Math.min(2, load.seconds)}s`, '-duration', `${load.seconds}s`];
  return sampleOf(await once(server, load, [...args, ...times]), read);
}

async function steady(server: Server, load: LoadInit, peers: number): Promise<Sample> {
  const times = ['-warmup', '2s', '-duration', `${2 * load.seconds}s`];
  const result = await once(server, load, ['-mode', 'steady', '-rate', '1', '-connections', String(peers), ...times]);
  return sampleOf(result, (r) => ({ 'server CPU': (100 * r.serverCpuSeconds) / r.seconds, ...latency(r) }));
}

async function stampede(server: Server, load: LoadInit, peers: number): Promise<Sample> {
  const result = await once(server, load, ['-mode', 'connect', '-connections', String(peers)]);
  return sampleOf(result, (r) => ({
    'connections/s': r.connectionsPerSecond ?? Number.NaN,
    'all in after': r.seconds * 1000,
    'server CPU a connection': (r.serverCpuSeconds * 1e3) / r.connections,
    'client CPU': (100 * r.clientCpuSeconds) / r.seconds,
  }));
}

async function memory(server: Server, { client }: LoadInit): Promise<Sample> {
  const empty = await server.memory();
  const { result, stop } = await putLoad(server, ['-mode', 'hold', '-connections', '500'], client);
  try {
    const full = await server.memory();
    return sampleOf(result, (r) => ({
      'RSS a peer': (full - empty) / r.connections / 1000,
      'RSS when empty': empty / 1e6,
    }));
  } finally {
    await stop();
  }
}

async function once(server: Server, { client }: LoadInit, args: readonly string[]): Promise<ClientResult> {
  const { result, stop } = await putLoad(server, args, client);
  await stop();
  return result;
}

function sampleOf(result: ClientResult, read: Read): Sample {
  const { failed, errors, reopened, stuck, lastError } = result;
  const remarks = [
    ...(failed > 0 ? [`${failed} peers did not get in (${lastError})`] : []),
    ...(errors > 0 ? [`${errors} pings failed (${lastError})`] : []),
    ...(reopened > 0 ? [`${reopened} held streams ended by the server and reopened`] : []),
    ...(stuck ? ['pings that were never answered'] : []),
  ];
  return { figures: stuck ? {} : read(result), remarks };
}
