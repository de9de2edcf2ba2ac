import type { ClientInit, ClientResult } from '../client.ts';
import { putLoad } from '../client.ts';
import type { CpuList } from '../cores.ts';
import { SERVER_NAMES, type ServerName } from '../recipes.ts';
import type { Server, ServerInit } from '../servers.ts';

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

/** What every scenario is told. */
export interface Turn {
  readonly server: ServerName;
  readonly client: ClientInit;
  /** The core the server is held to. @default any */
  readonly serverCore: CpuList | undefined;
  /** Length of a measurement; steady load is measured for twice as long, its figures are so small. */
  readonly seconds: number;
  /** How long peers are held where that is the point. */
  readonly holdMinutes: number;
  /** No more peers than this, whatever the scenario says: for a look at the bench itself. */
  readonly mostPeers: number;
  /** Starts the server of this turn, and ends it with the turn. */
  start(more?: Pick<ServerInit, 'args' | 'env' | 'scrapeEveryMs'>): Promise<Server>;
}

/** One thing that is done to every server that takes part. */
export interface Scenario {
  readonly title: string;
  readonly figures: Readonly<Record<string, Figure>>;
  /** Who takes part. */
  readonly servers: readonly ServerName[];
  /** The most peers that are connected at once: each takes a descriptor of the server and one of the client. */
  readonly peers: number;
  /** Server and client share the cores instead of having one each. @default false */
  readonly unpinned?: boolean;
  measure(turn: Turn): Promise<Sample>;
}

export const LATENCY: Figure = { unit: 'µs', digits: 1, better: 'lower' };
export const PERCENT: Figure = { unit: '% of a core', digits: 2, better: 'lower' };
export const SHARE: Figure = { unit: '% of a core', digits: 0 };

/** All of them. */
export const EVERYBODY: readonly ServerName[] = SERVER_NAMES;
/** A plain TCP connection has no streams, keys or muxers. */
export const LIBP2P = EVERYBODY.filter((name) => name !== 'raw-echo');
/** py-libp2p is for 50 peers. */
export const HUNDREDS = LIBP2P.filter((name) => name !== 'py-libp2p');
/** With thousands stock js-libp2p lets in a few dozen a second: walking all connections for each is what it does. */
export const THOUSANDS: readonly ServerName[] = ['peermeter', 'go-libp2p', 'rust-libp2p'];

export type Read = (result: ClientResult) => Record<string, number>;

export const latency: Read = ({ rttMicros }) => ({
  'RTT p50': rttMicros?.p50 ?? Number.NaN,
  'RTT p99': rttMicros?.p99 ?? Number.NaN,
});

/** Percent of a core. */
export function share(cpuSeconds: number, { seconds }: ClientResult): number {
  return (100 * cpuSeconds) / seconds;
}

/** How many peers a scenario has, unless this run is to have fewer. */
export function atMost(peers: number, { mostPeers }: Turn): number {
  return Math.min(peers, mostPeers);
}

/** Puts a load on that ends by itself. */
export async function once(server: Server, { client }: Turn, args: readonly string[]): Promise<ClientResult> {
  const { result, stop } = await putLoad(server, args, client);
  await stop();
  return result;
}

/** The client's arguments for that many peers, with time for all of them to come in at ten a second. */
export function peersOf(mode: string, peers: number, lastsSeconds = 0): string[] {
  const timeout = Math.ceil(90 + peers / 10 + lastsSeconds);
  return ['-mode', mode, '-connections', String(peers), '-timeout', `${timeout}s`];
}

/** The figures of a result, and what it says went wrong. */
export function sampleOf(result: ClientResult, read: Read): Sample {
  return { figures: result.stuck ? {} : read(result), remarks: remarksOf(result) };
}

export function remarksOf({ failed, errors, reopened, disconnects, stuck, lastError }: ClientResult): string[] {
  return [
    ...(failed > 0 ? [`${failed} peers did not get in (${lastError})`] : []),
    ...(errors > 0 ? [`${errors} pings failed (${lastError})`] : []),
    ...(reopened > 0 ? [`${reopened} held streams ended by the server and reopened`] : []),
    ...(disconnects > 0 ? [`${disconnects} connections ended by the server`] : []),
    ...(stuck ? ['pings that were never answered'] : []),
  ];
}
