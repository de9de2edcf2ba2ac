import { describeExit, lastWords, startChild } from '../stack/child.ts';
import { type CpuList, onCore } from './cores.ts';
import type { Server } from './servers.ts';

/** What the Go client prints; `bench/go/client/main.go` says what each is. */
export interface ClientResult {
  readonly connections: number;
  readonly failed: number;
  readonly seconds: number;
  readonly connectionsPerSecond?: number;
  readonly pings: number;
  readonly pingsPerSecond: number;
  readonly errors: number;
  readonly lastError?: string;
  readonly reopened: number;
  readonly disconnects: number;
  readonly stuck: boolean;
  readonly rttMicros?: { readonly samples: number; readonly p50: number; readonly p99: number; readonly max: number };
  readonly lateMicros?: { readonly p50: number; readonly p99: number };
  readonly serverCpuSeconds: number;
  readonly serverCpuMicrosPerPing: number;
  readonly clientCpuSeconds: number;
}

/** How to run the client. */
export interface ClientInit {
  readonly program: string;
  /** The core it is held to. @default any */
  readonly core?: CpuList | undefined;
}

/** A load that has been put on; `stop` takes it off when it is one that stays. */
export interface Load {
  readonly result: ClientResult;
  stop(): Promise<void>;
}

/**
 * Puts a load on a server and returns with the client's result.
 *
 * @throws Error with the client's own words when it has no result
 */
export async function putLoad(server: Server, args: readonly string[], init: ClientInit): Promise<Load> {
  const raw = server.name === 'raw-echo' ? ['-raw'] : [];
  const whom = ['-target', server.target, '-pid', String(server.pid), ...raw];
  const [command, ...line] = onCore(init.core, [init.program, ...whom, ...args]);
  const { promise, resolve } = Promise.withResolvers<ClientResult>();
  const log = (text: string) => {
    if (text.startsWith('{')) resolve(JSON.parse(text));
  };
  const child = await startChild({ name: 'the client', command, args: line, log });
  const ended = child.exited.then((status) => {
    throw new Error(`the client ${describeExit(status)}; ${lastWords(child, 3)}`);
  });
  return { result: await Promise.race([promise, ended]), stop: () => child.stop() };
}
