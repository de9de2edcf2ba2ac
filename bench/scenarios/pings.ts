import type { ServerName } from '../recipes.ts';
import {
  atMost,
  EVERYBODY,
  type Figure,
  LATENCY,
  LIBP2P,
  latency,
  once,
  PERCENT,
  peersOf,
  type Read,
  type Sample,
  type Scenario,
  SHARE,
  sampleOf,
  share,
  THOUSANDS,
  type Turn,
} from './kinds.ts';

const latencyFigures = { 'RTT p50': LATENCY, 'RTT p99': LATENCY };
const saturationFigures = {
  'pings/s': { unit: '1/s', digits: 0, better: 'higher' },
  'server CPU a ping': { unit: 'µs', digits: 1, better: 'lower' },
  'RTT p99': LATENCY,
  'server CPU': SHARE,
  'client CPU': SHARE,
} as const satisfies Record<string, Figure>;

const STREAM_A_PING = ['-new'];

/** What a ping takes: alone, with as many others as go, and at a steady rate. */
export const PING_SCENARIOS = {
  'rtt-held': {
    title: 'one peer, one ping after the other on one held stream',
    figures: latencyFigures,
    servers: EVERYBODY,
    peers: 1,
    measure: (turn) => closedLoop(turn, peersOf('rtt', 1), latency),
  },
  'rtt-new': {
    title: 'one peer, one ping after the other, a stream a ping',
    figures: latencyFigures,
    servers: LIBP2P,
    peers: 1,
    measure: (turn) => closedLoop(turn, [...peersOf('rtt', 1), ...STREAM_A_PING], latency),
  },
  'saturate-held': {
    title: '50 peers, a ping always under way on the held stream of each',
    figures: saturationFigures,
    servers: EVERYBODY,
    peers: 50,
    measure: (turn) => closedLoop(turn, peersOf('saturate', atMost(50, turn)), saturation),
  },
  'saturate-new': {
    title: '50 peers, a ping always under way from each, a stream a ping',
    figures: saturationFigures,
    servers: LIBP2P,
    peers: 50,
    measure: (turn) => closedLoop(turn, [...peersOf('saturate', atMost(50, turn)), ...STREAM_A_PING], saturation),
  },
  'steady-50': steady(50, EVERYBODY),
  'steady-500': steady(
    500,
    EVERYBODY.filter((name) => name !== 'py-libp2p'),
  ),
  'steady-5000': steady(5000, THOUSANDS),
} as const satisfies Record<string, Scenario>;

const saturation: Read = (result) => ({
  'pings/s': result.pingsPerSecond,
  'server CPU a ping': result.serverCpuMicrosPerPing,
  'RTT p99': latency(result)['RTT p99'] ?? Number.NaN,
  'server CPU': share(result.serverCpuSeconds, result),
  'client CPU': share(result.clientCpuSeconds, result),
});

/** One load whose next ping goes when the last one is answered. */
async function closedLoop(turn: Turn, args: string[], read: Read): Promise<Sample> {
  const server = await turn.start();
  return sampleOf(await once(server, turn, [...args, ...closedLoopTimes(turn)]), read);
}

/** JavaScript is slow until it has been compiled: as much again, up to two seconds, goes before. */
export function closedLoopTimes({ seconds }: Turn): string[] {
  return ['-warmup', `${Math.min(2, seconds)}s`, '-duration', `${seconds}s`];
}

function steady(peers: number, servers: readonly ServerName[]): Scenario {
  return {
    title: `${peers} peers, 1 ping/s from each on a held stream, sent when due (open loop)`,
    figures: { 'server CPU': PERCENT, ...latencyFigures, 'client CPU': SHARE },
    servers,
    peers,
    measure: (turn) => steadily(turn, peers),
  };
}

async function steadily(turn: Turn, peers: number): Promise<Sample> {
  const server = await turn.start();
  const lasts = 2 * turn.seconds;
  const times = ['-rate', '1', '-warmup', '2s', '-duration', `${lasts}s`];
  const result = await once(server, turn, [...peersOf('steady', atMost(peers, turn), lasts), ...times]);
  return sampleOf(result, (r) => ({
    'server CPU': share(r.serverCpuSeconds, r),
    ...latency(r),
    'client CPU': share(r.clientCpuSeconds, r),
  }));
}
