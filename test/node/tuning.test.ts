import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Libp2p, Stream, StreamMuxer } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { LEVERS, type Lever } from '../../src/config/levers.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { Traffic } from '../../src/node/traffic.ts';
import { digestOf, ECHO, handleEcho, openEcho, Received, SINK, sendAll, someBytes } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';
import { type MeddlingProxy, startMeddlingProxy } from '../support/meddling-proxy.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const MIB = 2 ** 20;
const WINDOW = 256 * 1024;

interface Levers {
  /** Of who dials, and of who is dialled. */
  readonly ours: readonly Lever[];
  readonly theirs: readonly Lever[];
}

const ALL: readonly Lever[] = LEVERS;
const NONE: readonly Lever[] = [];
const BASE: readonly Lever[] = ['secure-channel'];
const FRAMES: readonly Lever[] = [...BASE, 'muxer-frames'];

const both = (levers: readonly Lever[]): Levers => ({ ours: levers, theirs: levers });

/** `event-listeners` and `young-generation` go for the process: what is without them comes first. */
const MAIN: Readonly<Record<string, Levers>> = {
  'no lever': both(NONE),
  'all levers but those of the process': both(ALL.slice(0, 6)),
  'all levers': both(ALL),
  'all levers on who dials': { ours: ALL, theirs: NONE },
  'all levers on who is dialled': { ours: NONE, theirs: ALL },
};

const SINGLE: Readonly<Record<string, Levers>> = {
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

interface Pair {
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
async function pair(
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
async function sink({ connection, sunk }: Pair): Promise<readonly [ours: Stream, theirs: Stream]> {
  const stream = await connection.newStream(SINK, { signal: AbortSignal.timeout(5000) });
  const other = await eventually(() => {
    const came = sunk.shift();
    assert(came !== undefined);
    return came;
  });
  return [stream, other];
}

async function echoed(connection: Connection, size: number, options: { slow?: boolean; piece?: number } = {}) {
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

const works = (connection: Connection): Promise<unknown> => echoed(connection, 1000);

describe('bulk through an echo comes back as it was', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: 16 MiB each way at once, read slowly by both`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const size = 16 * MIB;
      const results = await Promise.all([
        echoed(connection, size, { slow: true }),
        echoed(theirs, size, { slow: true, piece: 100_000 }),
      ]);
      for (const { received, waits } of results) {
        assert(received.paused > 0);
        assert(waits.refused > 0, 'the writer was told to wait');
        assert.equal(waits.drained, waits.refused, 'and to go on');
        assert(received.mostBuffered <= WINDOW, `${received.mostBuffered} bytes lay unread`);
      }
    });

    test(`${name}: 20 streams with pieces of all sizes, in turns`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const pieces = [1000, 7, 65_519, 65_520, 262_132, 262_144, 300_000, 1200, 1199, 31_337];
      const sizeOf = (piece: number): number => Math.min(400_000, piece * 3000);
      await Promise.all(
        pieces.flatMap((piece) => [
          echoed(connection, sizeOf(piece), { piece }),
          echoed(theirs, sizeOf(piece), { piece, slow: true }),
        ]),
      );
      await eventually(() => assert.equal(connection.streams.length + theirs.streams.length, 0));
    });
  }

  for (const [name, levers] of Object.entries(SINGLE)) {
    test(`${name} alone: 2 MiB each way`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      await Promise.all([echoed(connection, 2 * MIB, { slow: true }), echoed(theirs, 2 * MIB, { piece: 50_000 })]);
      await Promise.all([works(connection), works(theirs)]);
    });
  }
});

describe('a window', () => {
  for (const [name, levers] of Object.entries({ ...MAIN, 'window-updates': both(['window-updates']) })) {
    test(`${name}: a remote that does not read is sent one, and the rest when it reads`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const bytes = someBytes(4 * WINDOW + 12_345);
      theirs.pause();
      const received = new Received(theirs);
      let taken = 0;
      for (let at = 0; at < bytes.byteLength; at += 50_000) {
        if (!ours.send(bytes.subarray(at, at + 50_000))) taken ||= at;
      }
      assert(taken > 0 && taken <= 2 * WINDOW, `told to wait after ${taken} bytes`);
      await sleep(50);
      assert.equal(received.bytes, 0);
      const held = theirs.readBufferLength;
      // A window may be used up to its half before it is given back.
      assert(held <= WINDOW && held > WINDOW / 2, `${held} bytes held`);
      assert.equal(ours.writeBufferLength, bytes.byteLength - held);
      theirs.resume();
      await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
      assert.equal(received.digest(), digestOf(bytes));
      assert.equal(ours.writeBufferLength, 0);
    });
  }

  test('one send of more than a message may hold, or a window, arrives whole', async (t) => {
    const connected = await pair(t, both(ALL));
    for (const size of [WINDOW - 12, WINDOW - 11, WINDOW, WINDOW + 1, 3 * WINDOW]) {
      const [ours, theirs] = await sink(connected);
      const received = new Received(theirs);
      const bytes = someBytes(size);
      ours.send(bytes);
      ours.send(bytes.subarray(0, 1));
      await eventually(() => assert.equal(received.bytes, size + 1), 5000, 5);
      assert.equal(received.digest(), digestOf(Buffer.concat([bytes, bytes.subarray(0, 1)])));
    }
  });
});

describe('a socket that is full', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: all streams wait, and each goes on where it was`, async (t) => {
      let proxy: MeddlingProxy | undefined;
      const { connection } = await pair(t, levers, async (port) => {
        proxy = await startMeddlingProxy(port, (data, pass) => pass(data));
        return proxy.port;
      });
      t.after(() => proxy?.stop());
      const streams = await Promise.all(Array.from({ length: 80 }, () => openEcho(connection)));
      proxy?.pause();
      // Less than a window each, so that nothing but the socket makes them wait.
      const sent = streams.map((stream, at) => ({ stream, at, bytes: someBytes(200_000), got: new Received(stream) }));
      const done = Promise.all(
        sent.map(async ({ stream, at, bytes }) => {
          const waits = await sendAll(stream, bytes, 1000 + 999 * at);
          await stream.close();
          return waits;
        }),
      );
      await sleep(50);
      assert(streams.some(({ writableNeedsDrain }) => writableNeedsDrain));
      proxy?.resume();
      assert((await done).some(({ refused }) => refused > 0));
      await eventually(() => assert(sent.every(({ bytes, got }) => got.bytes === bytes.byteLength)), 10_000);
      assert(sent.every(({ bytes, got }) => got.digest() === digestOf(bytes)));
    });
  }
});

describe('the end of a stream', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: who has closed for writing still receives, and the other is told`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const there = new Received(theirs);
      const here = new Received(ours);
      let told = 0;
      ours.addEventListener('remoteCloseWrite', () => told++);
      const [answer, bytes] = [someBytes(3000), someBytes(MIB)];
      theirs.send(answer);
      await theirs.close();
      await eventually(() => assert.equal(told, 1), 5000, 5);
      assert.equal(here.digest(), digestOf(answer));
      assert.equal(ours.status, 'open');
      await sendAll(ours, bytes);
      await ours.close();
      await eventually(() => assert.equal(there.bytes, MIB), 5000, 5);
      assert.equal(there.digest(), digestOf(bytes));
      await eventually(() => assert.deepEqual([ours.status, theirs.status], ['closed', 'closed']), 5000, 5);
    });

    test(`${name}: closed while much of it is waiting, it arrives whole`, async (t) => {
      const [ours, theirs] = await sink(await pair(t, levers));
      const received = new Received(theirs, true);
      const bytes = someBytes(3 * MIB);
      assert.equal(ours.send(bytes), false);
      await ours.close({ signal: AbortSignal.timeout(10_000) });
      await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
      assert.equal(received.digest(), digestOf(bytes));
    });

    // A remote that says after each frame that its window is open again says it to a socket that is closed by then: the
    // reset that is the answer takes with it what it has not read.
    if (levers.theirs.includes('window-updates')) {
      test(`${name}: sent right before its connection is closed, it arrives whole`, async (t) => {
        const connected = await pair(t, levers);
        const [ours, theirs] = await sink(connected);
        const received = new Received(theirs);
        const bytes = someBytes(100_000);
        for (let at = 0; at < bytes.byteLength; at += 7000) ours.send(bytes.subarray(at, at + 7000));
        await connected.connection.close();
        await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
        assert.equal(received.digest(), digestOf(bytes));
        await eventually(() => assert.equal(connected.them.getConnections().length, 0), 5000, 5);
      });
    }

    test(`${name}: a reset is seen by the other side, and by no other stream`, async (t) => {
      const connected = await pair(t, levers);
      const [ours, theirs] = await sink(connected);
      const [kept, keptThere] = await sink(connected);
      const there = new Received(keptThere);
      ours.send(new Uint8Array(5000));
      ours.abort(new Error('enough'));
      await eventually(() => assert.equal(theirs.status, 'reset'), 5000, 5);
      assert.throws(() => theirs.send(new Uint8Array(1)));
      assert.throws(() => ours.send(new Uint8Array(1)));
      kept.send(new Uint8Array(10));
      await eventually(() => assert.equal(there.bytes, 10), 5000, 5);
      await works(connected.connection);
    });

    test(`${name}: a connection given up takes its streams with it, on both sides`, async (t) => {
      const connected = await pair(t, levers);
      const [ours, theirs] = await sink(connected);
      ours.send(new Uint8Array(WINDOW));
      connected.connection.abort(new Error('enough'));
      await eventually(() => {
        assert.equal(connected.us.getConnections().length + connected.them.getConnections().length, 0);
        assert(ours.status !== 'open' && theirs.status !== 'open');
      }, 5000);
    });
  }
});

describe('a network that fails', () => {
  for (const [name, levers] of Object.entries(MAIN)) {
    const run = async (t: TestContext, meddle: (cut: () => void, total: number, data: Buffer) => void) => {
      let total = 0;
      const connected = await pair(t, levers, async (port) => {
        const proxy = await startMeddlingProxy(port, (data, pass) => {
          total += data.byteLength;
          meddle(proxy.cut, total, data);
          pass(data);
        });
        t.after(() => proxy.stop());
        return proxy.port;
      });
      const streams = await Promise.all([openEcho(connected.connection), openEcho(connected.connection)]);
      const sent = await Promise.allSettled(streams.map((stream) => sendAll(stream, new Uint8Array(8 * MIB))));
      assert(sent.every(({ status }) => status === 'rejected'));
      await eventually(() => {
        assert.equal(connected.us.getConnections().length + connected.them.getConnections().length, 0);
        assert(streams.every(({ status }) => status !== 'open'));
      }, 5000);
    };

    test(`${name}: sockets destroyed within a message end the connection`, (t) =>
      run(t, (cut, total) => {
        if (total > 500_001) cut();
      }));

    test(`${name}: one wrong bit in what is encrypted ends the connection`, (t) => {
      let done = false;
      return run(t, (_cut, total, data) => {
        if (done || total < 500_000) return;
        done = true;
        data[data.byteLength >> 1] = (data[data.byteLength >> 1] ?? 0) ^ 1;
      });
    });

    test(`${name}: what comes in one packet with the end of the handshake, cut within a message, is not lost`, async (t) => {
      const throughSlowly = async (port: number): Promise<number> => {
        let held = Buffer.alloc(0);
        let passing = (_: Buffer): void => {};
        // Gathers for a while and keeps back the last bytes, so that a packet ends within a message.
        const timer = setInterval(() => {
          const to = held.byteLength > 7 ? held.byteLength - 7 : held.byteLength;
          if (to > 0) passing(held.subarray(0, to));
          held = held.subarray(to);
        }, 40);
        t.after(() => clearInterval(timer));
        const proxy = await startMeddlingProxy(port, (data, pass) => {
          passing = pass;
          held = Buffer.concat([held, data]);
        });
        t.after(() => proxy.stop());
        return proxy.port;
      };
      const { us, them } = await pair(t, levers, throughSlowly, works);
      assert.equal(us.getConnections().length + them.getConnections().length, 2);
    });
  }
});

describe('what a stream is for', () => {
  /** A stream as the muxer gives it, before libp2p says what it is for. */
  const bare = (connection: Connection): Promise<Stream> =>
    (connection as Connection & { muxer: StreamMuxer & { createStream(): Promise<Stream> } }).muxer.createStream();
  const line = (text: string): Buffer => Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)]);
  const HEADER = line('/multistream/1.0.0');
  const heard = (stream: Stream): (() => string) => {
    const parts: Buffer[] = [];
    stream.addEventListener('message', ({ data }) => parts.push(Buffer.from(data.subarray())));
    return () => Buffer.concat(parts).toString();
  };

  for (const [name, levers] of Object.entries(MAIN)) {
    test(`${name}: a protocol nobody speaks is refused, and the next stream works`, async (t) => {
      const { connection } = await pair(t, levers);
      for (const protocol of ['/nobody/1.0.0', `/${'long'.repeat(40)}`]) {
        await assert.rejects(connection.newStream(protocol), { name: 'UnsupportedProtocolError' });
        await works(connection);
      }
      const stream = await connection.newStream(['/nobody/1.0.0', ECHO]);
      assert.equal(stream.protocol, ECHO);
    });

    test(`${name}: said in two frames, byte by byte, with data, asked for a list`, async (t) => {
      const { connection } = await pair(t, levers);
      const asked: Readonly<Record<string, readonly Buffer[]>> = {
        'two frames': [HEADER, line(ECHO), Buffer.from('data')],
        'byte by byte': [...Buffer.concat([HEADER, line(ECHO)])].map((byte) => Buffer.of(byte)),
        'data at once': [Buffer.concat([HEADER, line(ECHO), Buffer.from('data')])],
        'a second choice': [Buffer.concat([HEADER, line('/nobody')]), Buffer.concat([line(ECHO), Buffer.from('data')])],
      };
      for (const [how, frames] of Object.entries(asked)) {
        for (const apart of [true, false]) {
          const stream = await bare(connection);
          const answer = heard(stream);
          for (const frame of frames) {
            stream.send(frame);
            if (apart) await sleep(1);
          }
          if (how === 'byte by byte') stream.send(Buffer.from('data'));
          const second = how === 'a second choice' ? line('na') : Buffer.alloc(0);
          const expected = Buffer.concat([HEADER, second, line(ECHO), Buffer.from('data')]).toString();
          await eventually(() => assert.equal(answer(), expected, `${how}, ${apart ? 'apart' : 'at once'}`), 5000, 5);
          stream.abort(new Error('done'));
        }
      }
      const stream = await bare(connection);
      const answer = heard(stream);
      stream.send(HEADER);
      stream.send(line('ls'));
      await eventually(() => assert(answer().includes(ECHO) && answer().includes(SINK)), 5000, 5);
      stream.abort(new Error('done'));
      await works(connection);
    });

    test(`${name}: libp2p is told of a stream that says nothing, and so can time it out`, async (t) => {
      const { connection, theirs } = await pair(t, levers);
      const told: Stream[] = [];
      const { muxer } = theirs as Connection & { muxer: StreamMuxer };
      muxer.addEventListener('stream', ({ detail }) => void told.push(detail));
      const silent = await bare(connection);
      const reset = await bare(connection);
      await sleep(5);
      reset.abort(new Error('changed my mind'));
      await eventually(() => assert.equal(told.length, 2), 5000, 5);
      await works(connection);
      assert.equal(told[0]?.protocol, '');
      assert.equal(told[0]?.status, 'open');
      assert.notEqual(told[1]?.status, 'open');
      silent.abort(new Error('done'));
    });

    test(`${name}: a proposal that comes after other data is no proposal`, async (t) => {
      const { connection } = await pair(t, levers);
      const stream = await bare(connection);
      const { sendFrame, streamId } = stream as unknown as {
        streamId: number;
        sendFrame(header: object, data: Uint8Array): boolean;
      };
      const rubbish = Buffer.from([3, 0x61, 0x62, 0x63]);
      // The first data comes with the opening of the stream, as some libraries send it.
      sendFrame({ type: 0, flag: 1, streamID: streamId, length: rubbish.byteLength }, rubbish);
      (stream as unknown as { state: number }).state = 1;
      stream.send(Buffer.concat([HEADER, line(ECHO)]));
      await eventually(() => assert.equal(stream.status, 'reset'), 5000, 5);
      await works(connection);
    });
  }
});

describe('socket bytes are what went over the wire, exactly', () => {
  for (const [name, levers] of Object.entries({ ...MAIN, ...SINGLE })) {
    test(name, async (t) => {
      let proxy: TcpProxy | undefined;
      const { connection, theirs, traffic } = await pair(t, levers, async (port) => {
        proxy = await TcpProxy.start({ host: '127.0.0.1', port });
        return proxy.port;
      });
      t.after(() => proxy?.stop());
      await Promise.all([echoed(connection, MIB, { slow: true }), echoed(theirs, 300_000, { piece: 999 })]);
      await assert.rejects(connection.newStream('/nobody/1.0.0'));
      await eventually(() => {
        const { bytesIn, bytesOut } = proxy ?? { bytesIn: 0, bytesOut: 0 };
        assert(bytesIn > MIB && bytesOut > MIB);
        assert.deepEqual(traffic.us.sockets, { receivedBytes: bytesOut, sentBytes: bytesIn });
        assert.deepEqual(traffic.them.sockets, { receivedBytes: bytesIn, sentBytes: bytesOut });
      }, 5000);
      const { other } = traffic.us.protocols;
      assert.equal(other.sentBytes, MIB + 300_000);
      assert.equal(other.receivedBytes, MIB + 300_000);
    });
  }
});
