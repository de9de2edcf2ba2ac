import type { ClientResult } from '../client.ts';
import {
  atMost,
  type Figure,
  once,
  peersOf,
  remarksOf,
  type Sample,
  type Scenario,
  SHARE,
  share,
  type Turn,
} from './kinds.ts';
import { closedLoopTimes } from './pings.ts';

const PINGS: Figure = { unit: '1/s', digits: 0, better: 'higher' };
const PEERS = 64;

/** One process and then two, in one turn, with the client on the same two cores. */
export const PROCESS_SCENARIOS = {
  'processes-held': twoAgainstOne('held streams', []),
  'processes-new': twoAgainstOne('a stream a ping', ['-new']),
} as const satisfies Record<string, Scenario>;

function twoAgainstOne(kind: string, more: readonly string[]): Scenario {
  return {
    title: `64 peers, a ping always under way from each, ${kind}: --processes 2 against one, all on the same 2 cores`,
    figures: {
      'pings/s, one process': PINGS,
      'pings/s, two processes': PINGS,
      'two ÷ one': { unit: '×', digits: 2, better: 'higher' },
      'server CPU, one process': SHARE,
      'server CPU, two processes': SHARE,
      'client CPU, one process': SHARE,
      'client CPU, two processes': SHARE,
      'two ÷ one, by CPU a ping': { unit: '×', digits: 2, better: 'higher' },
    },
    servers: ['peermeter'],
    peers: PEERS,
    unpinned: true,
    measure: (turn) => compare(turn, more),
  };
}

async function compare(turn: Turn, more: readonly string[]): Promise<Sample> {
  const one = await served(turn, [], more);
  const two = await served(turn, ['--processes', '2'], more);
  return {
    figures: {
      'pings/s, one process': one.pingsPerSecond,
      'pings/s, two processes': two.pingsPerSecond,
      'two ÷ one': two.pingsPerSecond / one.pingsPerSecond,
      'server CPU, one process': share(one.serverCpuSeconds, one),
      'server CPU, two processes': share(two.serverCpuSeconds, two),
      'client CPU, one process': share(one.clientCpuSeconds, one),
      'client CPU, two processes': share(two.clientCpuSeconds, two),
      'two ÷ one, by CPU a ping': (2 * one.serverCpuMicrosPerPing) / two.serverCpuMicrosPerPing,
    },
    remarks: [...[one, two].flatMap(remarksOf), ...whatLimits(two)],
  };
}

async function served(turn: Turn, args: readonly string[], more: readonly string[]): Promise<ClientResult> {
  const server = await turn.start({ args });
  const load = [...peersOf('saturate', atMost(PEERS, turn)), ...more, ...closedLoopTimes(turn)];
  const result = await once(server, turn, load);
  await server.stop();
  return result;
}

/** Two cores hold two processes and their client; what the client takes of them the processes do not get. */
function whatLimits(two: ClientResult): string[] {
  const client = share(two.clientCpuSeconds, two);
  const server = share(two.serverCpuSeconds, two);
  const left = Math.max(0, 200 - client);
  return [
    `with two processes the client took ${client.toFixed(0)} % of a core and left ${left.toFixed(0)} %, of which the ` +
      `processes used ${server.toFixed(0)} %`,
  ];
}
