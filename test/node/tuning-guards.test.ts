import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ConnectionEncrypter, Libp2p, MessageStream, StreamMuxerFactory } from '@libp2p/interface';
import type { NoiseComponents } from '@libp2p/noise';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { LEVERS, type Lever } from '../../src/config/levers.ts';
import { SecureChannel } from '../../src/node/tuning/secure-channel.ts';
import { unlike } from '../../src/node/tuning/shape.ts';
import { Tuning } from '../../src/node/tuning/tuning.ts';
import { digestOf, handleEcho, openEcho, Received, sendAll, someBytes } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';

type Part = Record<string, unknown>;

/** Makes parts look other than they do today; what they do stays. */
interface Changes {
  readonly noise?: (connection: Part) => void;
  readonly raw?: (connection: Part) => void;
  readonly muxer?: (muxer: Part) => void;
  readonly stream?: (stream: Part) => void;
}

/** Two nodes whose packages have changed, each with all of these levers, and what they said of them. */
async function nodes(t: TestContext, changes: Changes, levers: readonly Lever[] = LEVERS) {
  const said: [Lever, string][] = [];
  const secured: MessageStream[] = [];
  const started = await Promise.all([0, 1].map((at) => node(at === 0 ? said : [], secured, changes, levers)));
  t.after(() => Promise.all(started.map((each) => each.stop())));
  const [us, them] = started as [Libp2p, Libp2p];
  const dial = () => us.dial(them.getMultiaddrs(), { force: true });
  return { said, secured, dial };
}

async function node(said: [Lever, string][], secured: MessageStream[], changes: Changes, levers: readonly Lever[]) {
  const tuning = new Tuning({
    levers: new Set(levers),
    counts: { receivedBytes: 0, sentBytes: 0 },
    onUnusable: (lever, reason) => said.push([lever, reason]),
  });
  const encrypter = (components: NoiseComponents): ConnectionEncrypter => {
    const made = noise()(components);
    const change = <R extends { connection: MessageStream }>(raw: MessageStream, result: R): R => {
      changes.noise?.(result.connection as unknown as Part);
      changes.raw?.(raw as unknown as Part);
      secured.push(result.connection);
      return result;
    };
    return Object.assign(Object.create(made), {
      secureInbound: async (...args: Parameters<ConnectionEncrypter['secureInbound']>) =>
        change(args[0], await made.secureInbound(...args)),
      secureOutbound: async (...args: Parameters<ConnectionEncrypter['secureOutbound']>) =>
        change(args[0], await made.secureOutbound(...args)),
    });
  };
  const muxers = (): StreamMuxerFactory => {
    const factory = yamux()();
    const createStreamMuxer = (connection: MessageStream) => {
      const muxer = factory.createStreamMuxer(connection);
      const part = muxer as unknown as Part & { _newStream(...args: unknown[]): Part };
      const { _newStream } = part;
      part._newStream = (...args) => {
        const stream = _newStream.apply(muxer, args);
        changes.stream?.(stream);
        return stream;
      };
      changes.muxer?.(part);
      return muxer;
    };
    return Object.assign(Object.create(factory), { createStreamMuxer });
  };
  const made = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [tuning.encrypter(encrypter)],
    streamMuxers: [tuning.muxer(muxers)],
    connectionMonitor: { enabled: false },
  });
  tuning.node(made);
  await handleEcho(made);
  return made;
}

async function works(connection: Parameters<typeof openEcho>[0]): Promise<void> {
  const stream = await openEcho(connection);
  const received = new Received(stream);
  const bytes = someBytes(600_000);
  await sendAll(stream, bytes);
  await stream.close();
  await eventually(() => assert.equal(received.bytes, bytes.byteLength), 5000, 5);
  assert.equal(received.digest(), digestOf(bytes));
}

/** The same object to who uses it, another to who looks at its type. */
function asFunction(part: Part, name: string, members: readonly string[]): void {
  const object = part[name] as Part;
  const disguise = (): void => {};
  for (const member of members) {
    Object.defineProperty(disguise, member, {
      get: () => (typeof object[member] === 'function' ? object[member].bind(object) : object[member]),
    });
  }
  part[name] = disguise;
}

const ON_CHANNEL: readonly Lever[] = ['secure-channel', 'muxer-frames', 'stream-opening'];
const ON_MUXER: readonly Lever[] = ['muxer-frames', 'stream-opening', 'window-updates'];
const CASES: readonly (readonly [what: string, changes: Changes, reason: string, unusable: readonly Lever[]])[] = [
  [
    'a Noise connection with another handshake',
    { noise: (each) => asFunction(each, 'handshake', ['encrypt', 'decrypt']) },
    'no object "handshake", no such object',
    ON_CHANNEL,
  ],
  [
    'a Noise connection with another decoder',
    { noise: (each) => asFunction(each, 'decoder', ['decode']) },
    'no object "decoder", no such object',
    ON_CHANNEL,
  ],
  [
    'a socket that is written to in another way',
    {
      raw: (each) => {
        each.maxReadBufferLength = 2 ** 20;
        Object.defineProperty(each, 'readBufferLength', { get: () => undefined });
      },
    },
    'no number "readBufferLength"',
    ON_CHANNEL,
  ],
  [
    'a muxer with another decoder',
    { muxer: (each) => asFunction(each, 'decoder', ['emitFrames', 'buffer']) },
    'no object "decoder"',
    ON_MUXER,
  ],
  [
    'streams that count in another way',
    {
      stream: (each) => {
        each.recvWindow = Object(each.recvWindow);
      },
    },
    'no number "recvWindow"',
    ON_MUXER,
  ],
];

describe('when the parts of a package are not as expected', () => {
  for (const [what, changes, reason, unusable] of CASES) {
    for (const levers of [LEVERS, ...unusable.map((lever) => [lever])]) {
      const isLaid = levers.some((lever) => unusable.includes(lever));
      const of = levers.length === 1 ? `${levers[0]} alone` : 'all levers';
      test(`${what}, ${of}: said once for each lever, nothing is laid, and all works`, async (t) => {
        assert(isLaid);
        const { said, secured, dial } = await nodes(t, changes, levers);
        for (let round = 0; round < 3; round++) await works(await dial());
        const stands = levers.length > 1 || ['secure-channel', 'window-updates'].includes(levers[0] ?? '');
        const expected = levers.filter((lever) => unusable.includes(lever)).map((lever) => [lever, reason]);
        if (stands) assert.deepEqual(said, expected);
        else assert(said.length <= 1);
        if (unusable === ON_CHANNEL) assert(secured.every((each) => SecureChannel.of(each) === undefined));
      });
    }
  }

  test('and when they are, nothing is said', async (t) => {
    const { said, secured, dial } = await nodes(t, {});
    await works(await dial());
    assert.deepEqual(said, []);
    assert(secured.every((each) => SecureChannel.of(each) !== undefined));
  });
});

test('what is unlike a shape is said in words', () => {
  const shape = { a: 'function', b: 'number', c: 'object' } as const;
  assert.deepEqual(unlike({ a: () => {}, b: 0, c: {} }, shape), []);
  assert.deepEqual(unlike({ a: 1, b: '0', c: null }, shape), ['no function "a"', 'no number "b"', 'no object "c"']);
  assert.deepEqual(unlike(Object.create({ a: () => {}, b: 0, c: {} }), shape), []);
  for (const nothing of [undefined, null, 7, 'text']) assert.deepEqual(unlike(nothing, shape), ['no such object']);
});
