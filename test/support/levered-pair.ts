import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { LEVERS, type Lever } from '../../src/config/levers.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { Traffic } from '../../src/node/traffic.ts';
import { digestOf, handleEcho, openEcho, Received, SINK, sendAll, someBytes } from './echo.ts';
import { eventually } from './eventually.ts';

export const MIB = 2 ** 20;
/** What a stream may be sent before its receiver has read. */
export const WINDOW = 256 * 1024;

/** The levers of two nodes. */
export interface Levers {
  /** Of who dials, and of who is dialled. */
  readonly ours: readonly Lever[];
  readonly theirs: readonly Lever[];
}

export const ALL: readonly Lever[] = LEVERS;
const NONE: readonly Lever[] = [];
const BASE: readonly Lever[] = ['secure-channel'];
const FRAMES: readonly Lever[] = [...BASE, 'muxer-frames'];

export const both = (levers: readonly Lever[]): Levers => ({ ours: levers, theirs: levers });

/** `event-listeners` and what is done to V8 go for the process: what is without them comes first. */
export const MAIN: Readonly<Record<string, Levers>> = {
  'no lever': both(NONE),
  'all levers but those of the process': both(ALL.slice(0, 6)),
  'all levers': both(ALL),
  'all levers on who dials': { ours: ALL, theirs: NONE },
  'all levers on who is dialled': { ours: NONE, theirs: ALL },
};

/** Each lever on its own, or on what it stands on. */
export const SINGLE: Readonly<Record<string, Levers>> = {
  'secure-channel': both(BASE),
  'secure-channel and muxer-frames': both(FRAMES),
  'these and stream-opening': both([...FRAMES, 'stream-opening']),
  'muxer-frames without what it stands on': both(['muxer-frames', 'stream-opening']),
  'window-updates': both(['window-updates']),
  'window-updates on who dials': { ours: ['window-updates'], theirs: NONE },
  'protocol-book': both(['protocol-book']),
  'handshake-keys': both(['handshake-keys']),
  'event-listeners': both(['event-listeners']),
  pruning: both(['pruning']),
};

/** Two nodes and what is between them. */
export interface Pair {
  readonly us: Libp2p;
  readonly them: Libp2p;
  readonly connection: Connection;
  /** The same connection as the other side has it. */
  readonly theirs: Connection;
  readonly traffic: { readonly us: Traffic; readonly them: Traffic };
  /** The streams that came in for the sink, which does nothing with them. */
  readonly sunk: Stream[];
}

/** Two real nodes, connected; `through` gives the port to dial, `atOnce` uses the connection before the other has it. */
export async function pair(
  t: TestContext,
  { ours, theirs }: Levers,
  through = async (port: number): Promise<number> => port,
  atOnce = async (_: Connection): Promise<unknown> => undefined,
): Promise<Pair> {
  const traffic = { us: new Traffic(), them: new Traffic() };
  const [us, them] = await Promise.all([
    createNode({ privateKey: await ephemeralIdentity(), levers: ours, traffic: traffic.us }),
    createNode({
      privateKey: await ephemeralIdentity(),
      levers: theirs,
      traffic: traffic.them,
      listen: { host: '127.0.0.1', port: 0 },
    }),
  ]);
  t.after(() => Promise.all([us.stop(), them.stop()]));
  await Promise.all([us.start(), them.start()]);
  await Promise.all([handleEcho(us), handleEcho(them)]);
  const sunk: Stream[] = [];
  await them.handle(SINK, (stream) => void sunk.push(stream));
  const port = Number(them.getMultiaddrs()[0]?.toString().split('/')[4]);
  const connection = await us.dial(multiaddr(`/ip4/127.0.0.1/tcp/${await through(port)}/p2p/${them.peerId}`));
  await atOnce(connection);
  const [other] = await eventually(() => {
    const connections = them.getConnections();
    assert.equal(connections.length, 1);
    return connections;
  });
  assert(other !== undefined);
  return { us, them, connection, theirs: other, traffic, sunk };
}

/** Opens a stream to the sink, and gives both of its ends. */
export async function sink({ connection, sunk }: Pair): Promise<readonly [ours: Stream, theirs: Stream]> {
  const stream = await connection.newStream(SINK, { signal: AbortSignal.timeout(5000) });
  const other = await eventually(() => {
    const came = sunk.shift();
    assert(came !== undefined);
    return came;
  });
  return [stream, other];
}

/** Sends as many bytes through an echo, and is content when they come back as they were and the stream has closed. */
export async function echoed(connection: Connection, size: number, options: { slow?: boolean; piece?: number } = {}) {
  const stream = await openEcho(connection);
  const bytes = someBytes(size);
  const received = new Received(stream, options.slow);
  const waits = await sendAll(stream, bytes, options.piece);
  await stream.close();
  await eventually(() => assert.equal(received.bytes, size), 15_000, 10);
  assert.equal(received.digest(), digestOf(bytes));
  await eventually(() => assert.notEqual(stream.status, 'open'), 5000, 10);
  return { received, waits };
}

/** A small echo: the connection is of use. */
export const works = (connection: Connection): Promise<unknown> => echoed(connection, 1000);
