import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { PING_PROTOCOL, type PingError } from '../../src/contract/vocabulary.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { PeerTable } from '../../src/peers/peer-table.ts';
import { Prober } from '../../src/probe/prober.ts';
import { eventually } from '../support/eventually.ts';

type Answer = (stream: Stream, ping: Uint8Array) => void;

const TIMEOUT_MS = 400;

/** A prober, and a real peer that answers pings in its own way. */
async function probing(answer: Answer | undefined) {
  const [us, them] = await Promise.all([
    createNode({ privateKey: await ephemeralIdentity() }),
    createNode({ privateKey: await ephemeralIdentity(), listen: { host: '127.0.0.1', port: 0 } }),
  ]);
  await Promise.all([us.start(), them.start()]);
  await them.unhandle(PING_PROTOCOL);
  if (answer !== undefined) await them.handle(PING_PROTOCOL, (stream) => answering(stream, answer));
  const table = new PeerTable();
  table.follow(us);
  const prober = new Prober({ table, intervalMs: 50, timeoutMs: TIMEOUT_MS });
  const endedAtMs: number[] = [];
  prober.on('failed', () => endedAtMs.push(performance.now()));
  prober.on('answered', () => endedAtMs.push(performance.now()));
  prober.start();
  await us.dial(them.getMultiaddrs()[0] ?? multiaddr());
  return {
    table,
    prober,
    them,
    stop: async () => {
      prober.stop();
      await Promise.all([us.stop(), them.stop()]);
    },
  };
}

function answering(stream: Stream, answer: Answer): void {
  stream.addEventListener('message', ({ data }) => answer(stream, data.subarray()));
}

function pingStreams(node: Libp2p): number {
  return node.getConnections().flatMap(({ streams }) => streams.filter(({ protocol }) => protocol === PING_PROTOCOL))
    .length;
}

const WRONG: readonly (readonly [what: string, error: PingError, answer: Answer | undefined])[] = [
  ['silence', 'timeout', () => {}],
  ['31 bytes', 'timeout', (stream, ping) => stream.send(ping.slice(0, 31))],
  ['32 wrong bytes', 'mismatch', (stream) => stream.send(new Uint8Array(32))],
  ['33 bytes', 'mismatch', (stream, ping) => stream.send(Uint8Array.of(...ping, 0))],
  ['1 MiB', 'mismatch', (stream, ping) => stream.send(Buffer.concat([ping, new Uint8Array(2 ** 20)]))],
  ['a reset', 'reset', (stream) => stream.abort(new Error('no'))],
  ['no such protocol', 'unsupported', undefined],
];

describe('a peer that answers', () => {
  for (const [what, error, answer] of WRONG) {
    test(`${what}: counted as ${error}, no stream left open`, async (t) => {
      const { prober, them, stop } = await probing(answer);
      t.after(stop);
      await eventually(() => assert(prober.counts.errors[error] >= 1), TIMEOUT_MS + 2000, 10);
      const { errors, responses } = prober.counts;
      assert.equal(responses, 0);
      const others = Object.entries(errors).filter(([reason, count]) => reason !== error && count > 0);
      assert.deepEqual(others, []);
      prober.stop();
      await eventually(() => assert.equal(pingStreams(them), 0));
    });
  }

  test('one byte at a time is answered', async (t) => {
    const { prober, stop } = await probing(async (stream, ping) => {
      for (const byte of ping) {
        try {
          stream.send(Uint8Array.of(byte));
        } catch {
          // The test is over.
          return;
        }
        await sleep(1);
      }
    });
    t.after(stop);
    await eventually(() => assert(prober.counts.responses >= 3));
    assert.equal(
      Object.values(prober.counts.errors).reduce((sum, count) => sum + count, 0),
      0,
    );
  });

  test('wrongly once is answered again by the next ping, on a new stream', async (t) => {
    let answers = 0;
    const { prober, stop } = await probing((stream, ping) => {
      answers++;
      stream.send(answers === 1 ? new Uint8Array(32) : ping);
    });
    t.after(stop);
    await eventually(() => assert(prober.counts.responses >= 5));
    assert.equal(prober.counts.errors.mismatch, 1);
  });

  test('and then ends the stream each time is never counted as an error', async (t) => {
    const { prober, stop } = await probing((stream, ping) => {
      stream.send(ping);
      setTimeout(() => stream.abort(new Error('ten seconds are over')), 20);
    });
    t.after(stop);
    await eventually(() => assert(prober.counts.responses >= 10));
    assert.equal(prober.counts.errors.reset, 0);
  });
});

test('three unanswered pings in a row close the connection; wrong answers, which are signs of life, do not', async (t) => {
  const silent = await probing(() => {});
  const wrong = await probing((stream) => stream.send(new Uint8Array(32)));
  t.after(() => Promise.all([silent.stop(), wrong.stop()]));
  const reasons: string[] = [];
  silent.table.on('closed', (_connection, reason) => reasons.push(reason));
  await eventually(() => assert.equal(silent.table.peerCount, 0));
  assert.deepEqual(reasons, ['liveness']);
  assert.equal(silent.prober.counts.errors.timeout, 3);
  await eventually(() => assert(wrong.prober.counts.errors.mismatch > 5));
  assert.equal(wrong.table.peerCount, 1);
});
