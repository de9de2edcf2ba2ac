import { type ClientResult, putLoad } from '../client.ts';
import type { ServerName } from '../recipes.ts';
import type { Server } from '../servers.ts';
import {
  atMost,
  type Figure,
  HUNDREDS,
  LATENCY,
  LIBP2P,
  latency,
  once,
  PERCENT,
  peersOf,
  remarksOf,
  type Sample,
  type Scenario,
  SHARE,
  sampleOf,
  share,
  THOUSANDS,
  type Turn,
} from './kinds.ts';

const RATE: Figure = { unit: '1/s', digits: 0, better: 'higher' };
const HELD_PEERS = 10_000;
const PING_EVERY_SECONDS = 5;
/** An answer that comes later than this is none. */
const ANSWER_WITHIN_SECONDS = 10;

/** Many peers: their coming, their weight, and holding on to them. */
export const CROWD_SCENARIOS = {
  'connect-50': stampede(50, LIBP2P),
  'connect-500': stampede(500, HUNDREDS),
  'connect-1000': stampede(1000, HUNDREDS),
  'connect-9500': {
    title: '500 more peers at once with 9,500 open, beside 500 at once with none open, at one server that is warm',
    figures: {
      'connections/s': RATE,
      'connections/s, none open': RATE,
      'with 9,500 open ÷ with none': { unit: '×', digits: 2, better: 'higher' },
    },
    servers: THOUSANDS,
    peers: 10_000,
    measure: lateComers,
  },
  'memory-50': memory(50, ['py-libp2p', 'peermeter']),
  'memory-500': memory(500, HUNDREDS),
  'memory-5000': memory(5000, THOUSANDS),
  'memory-10000': memory(10_000, THOUSANDS),
  'hold-10000': {
    title: '10,000 peers held, each pinged every 5 s on its held stream, sent when due (open loop)',
    figures: {
      answered: { unit: '%', digits: 4, better: 'higher' },
      disconnects: { unit: '', digits: 0, better: 'lower' },
      'RTT p50': LATENCY,
      'RTT p99': LATENCY,
      'server CPU': PERCENT,
      'client CPU': SHARE,
      minutes: { unit: 'min', digits: 1 },
    },
    servers: THOUSANDS.filter((name) => name !== 'rust-libp2p'),
    peers: HELD_PEERS,
    measure: hold,
  },
} as const satisfies Record<string, Scenario>;

function stampede(peers: number, servers: readonly ServerName[]): Scenario {
  return {
    title: `${peers} peers at once at a cold server, until the first ping of the last one is answered`,
    figures: {
      'connections/s': RATE,
      'all in after': { unit: 'ms', digits: 0, better: 'lower' },
      'server CPU a connection': { unit: 'ms', digits: 2, better: 'lower' },
      'client CPU': SHARE,
    },
    servers,
    peers,
    measure: async (turn) => {
      const server = await turn.start();
      return sampleOf(await once(server, turn, peersOf('connect', atMost(peers, turn))), (r) => ({
        'connections/s': rate(r),
        'all in after': r.seconds * 1000,
        'server CPU a connection': (r.serverCpuSeconds * 1e3) / r.connections,
        'client CPU': share(r.clientCpuSeconds, r),
      }));
    },
  };
}

const rate = (result: ClientResult): number => result.connectionsPerSecond ?? Number.NaN;

async function lateComers(turn: Turn): Promise<Sample> {
  const server = await turn.start();
  const crowd = peersOf('connect', atMost(500, turn));
  // Otherwise the second crowd would find compiled code and the first would not.
  await once(server, turn, crowd);
  const before = await once(server, turn, crowd);
  const held = await putLoad(server, peersOf('hold', atMost(9500, turn)), turn.client);
  try {
    const after = await once(server, turn, crowd);
    return {
      figures: {
        'connections/s': rate(after),
        'connections/s, none open': rate(before),
        'with 9,500 open ÷ with none': rate(after) / rate(before),
      },
      remarks: [before, held.result, after].flatMap(remarksOf),
    };
  } finally {
    await held.stop();
  }
}

function memory(peers: number, servers: readonly ServerName[]): Scenario {
  return {
    title: `${peers} idle peers, each with an open ping stream; RSS over the same server when empty`,
    figures: {
      'RSS a peer': { unit: 'kB', digits: 1, better: 'lower' },
      'RSS when empty': { unit: 'MB', digits: 1, better: 'lower' },
    },
    servers,
    peers,
    measure: async (turn) => weigh(await turn.start(), turn, peers),
  };
}

async function weigh(server: Server, turn: Turn, peers: number): Promise<Sample> {
  const empty = await server.memory();
  const { result, stop } = await putLoad(server, peersOf('hold', atMost(peers, turn)), turn.client);
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

async function hold(turn: Turn): Promise<Sample> {
  const server = await turn.start();
  const lasts = turn.holdMinutes * 60;
  const pings = ['-rate', String(1 / PING_EVERY_SECONDS), '-deadline', `${ANSWER_WITHIN_SECONDS}s`];
  const times = ['-warmup', `${PING_EVERY_SECONDS}s`, '-duration', `${lasts}s`];
  const result = await once(server, turn, [...peersOf('steady', atMost(HELD_PEERS, turn), lasts), ...pings, ...times]);
  return sampleOf(result, (r) => ({
    answered: (100 * r.pings) / (r.pings + r.errors),
    disconnects: r.disconnects,
    ...latency(r),
    'server CPU': share(r.serverCpuSeconds, r),
    'client CPU': share(r.clientCpuSeconds, r),
    minutes: r.seconds / 60,
  }));
}
