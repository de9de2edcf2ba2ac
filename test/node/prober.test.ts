import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { PING_PROTOCOL } from '../../src/contract/vocabulary.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { PeerTable } from '../../src/peers/peer-table.ts';
import { type PingCounts, Prober, type ProberInit } from '../../src/probe/prober.ts';
import { eventually } from '../support/eventually.ts';

interface Setup extends Omit<ProberInit, 'table'> {
  /** Takes the ping streams of the peer in. @default the node's own responder */
  readonly handler?: (stream: Stream) => void;
}

/** A prober, and a real peer. It pings when it is asked to, unless an interval is given. */
async function setup(t: TestContext, { handler, ...init }: Setup = {}) {
  const us = await createNode({ privateKey: await ephemeralIdentity() });
  const them = await peer(t);
  t.after(() => us.stop());
  await us.start();
  if (handler !== undefined) {
    await them.unhandle(PING_PROTOCOL);
    await them.handle(PING_PROTOCOL, handler, { maxInboundStreams: 64 });
  }
  const table = new PeerTable();
  table.follow(us);
  const prober = new Prober({ table, intervalMs: 100_000, ...init });
  prober.start();
  t.after(() => prober.stop());
  const connection = await us.dial(them.getMultiaddrs());
  const id = them.peerId.toString();
  const answers = async (count: number): Promise<void> => {
    await eventually(() => assert.equal(prober.counts.responses, count), 5000, 2);
  };
  return { us, them, table, prober, connection, id, answers };
}

async function peer(t: TestContext): Promise<Libp2p> {
  const node = await createNode({
    privateKey: await ephemeralIdentity(),
    listen: { host: '127.0.0.1', port: 0 },
  });
  t.after(() => node.stop());
  await node.start();
  return node;
}

const echo = (stream: Stream): void => stream.addEventListener('message', ({ data }) => void stream.send(data));

const ended = ({ responses, errors }: PingCounts): number =>
  Object.values(errors).reduce((sum, count) => sum + count, responses);

function balanced(counts: PingCounts): void {
  assert.equal(counts.active, 0);
  assert.equal(counts.requests, ended(counts));
}

/** Holds the opening of streams on a connection until it is let go. */
function holdOpening(connection: Connection): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { newStream } = connection;
  connection.newStream = async (...args) => {
    await promise;
    return newStream.apply(connection, args);
  };
  return resolve;
}

const pingStreams = (connection: Connection): number =>
  connection.streams.filter(({ protocol }) => protocol === PING_PROTOCOL).length;

describe('a held stream', () => {
  test('that the remote has reset is opened again without a word', async (t) => {
    const streams: Stream[] = [];
    const { prober, id, answers } = await setup(t, {
      handler: (stream) => {
        streams.push(stream);
        echo(stream);
      },
    });
    prober.pingNow(id);
    await answers(1);
    streams[0]?.abort(new Error('idle for too long'));
    await sleep(20);
    prober.pingNow(id);
    await answers(2);
    assert.equal(streams.length, 2);
    balanced(prober.counts);
    assert.equal(prober.counts.requests, 2);
    assert.equal(prober.pings(id)?.failures, 0);
  });

  test('that the remote resets at a ping is opened again for this ping; a second reset counts', async (t) => {
    const opened: number[] = [];
    const { prober, id, answers } = await setup(t, {
      handler: (stream) => {
        const round = opened.push(0);
        stream.addEventListener('message', ({ data }) => {
          opened[round - 1] = (opened[round - 1] ?? 0) + 1;
          if (round === 1 && opened[0] === 1) stream.send(data);
          else if (round === 2) stream.send(data);
          else stream.abort(new Error('no more'));
        });
      },
    });
    prober.pingNow(id);
    await answers(1);
    prober.pingNow(id);
    await answers(2);
    assert.deepEqual(opened, [2, 1]);
    balanced(prober.counts);
    assert.equal(prober.counts.errors.reset, 0);
  });

  test('opened again for a ping leaves it only what was left of its time', async (t) => {
    const timeoutMs = 600;
    let streams = 0;
    const { prober, id, answers } = await setup(t, {
      timeoutMs,
      handler: (stream) => {
        if (++streams > 1) return;
        let pings = 0;
        stream.addEventListener('message', ({ data }) => {
          if (++pings === 1) stream.send(data);
          else setTimeout(() => stream.abort(new Error('late reset')), 400);
        });
      },
    });
    prober.pingNow(id);
    await answers(1);
    const failed = new Promise<number>((resolve) => prober.once('failed', () => resolve(performance.now())));
    const dueAtMs = performance.now();
    prober.pingNow(id);
    const tookMs = (await failed) - dueAtMs;
    assert.equal(prober.counts.errors.timeout, 1);
    assert.equal(streams, 2);
    // Counted anew it would be 1,000 ms.
    assert(tookMs >= timeoutMs - 2 && tookMs < timeoutMs + 300, `${tookMs} ms`);
    balanced(prober.counts);
  });

  test('is one stream for all pings, and a new one each time is another each time', async (t) => {
    for (const [streams, expected] of [['held', 1] as const, ['new', 5] as const]) {
      let opened = 0;
      const { prober, id, answers, connection, them } = await setup(t, {
        streams,
        handler: (stream) => {
          opened++;
          echo(stream);
          stream.addEventListener('end', () => void stream.close());
        },
      });
      for (let round = 1; round <= 5; round++) {
        prober.pingNow(id);
        await answers(round);
      }
      assert.equal(opened, expected);
      balanced(prober.counts);
      const left = streams === 'held' ? 1 : 0;
      await eventually(() => {
        assert.equal(pingStreams(connection), left);
        assert.equal(them.getConnections().flatMap((each) => each.streams).length, left);
      }, 5000);
    }
  });
});

describe('who leaves', () => {
  test('while its stream is being opened gives its place back, and its ping has ended', async (t) => {
    const { prober, connection, id, table, us, them } = await setup(t);
    const letGo = holdOpening(connection);
    prober.pingNow(id);
    assert.equal(prober.counts.active, 1);
    await connection.close();
    await eventually(() => assert.equal(table.peerCount, 0));
    assert.equal(prober.pings(id), undefined);
    // Back before the stream of its former self has been given up.
    await us.dial(them.getMultiaddrs());
    letGo();
    await eventually(() => balanced(prober.counts), 5000, 5);
    assert.equal(prober.counts.errors.disconnected, 1);
    prober.pingNow(id);
    await eventually(() => assert.equal(prober.counts.responses, 1), 5000, 5);
    balanced(prober.counts);
    // Its place is its own: who comes next does not take it.
    await us.dial((await peer(t)).getMultiaddrs());
    await eventually(() => assert.equal(table.peerCount, 2));
    assert((prober.pings(id)?.rttSeconds ?? 0) > 0);
  });

  test('with a ping under way ends it as disconnected', async (t) => {
    const { prober, connection, id, table, them } = await setup(t, { handler: () => {} });
    prober.pingNow(id);
    await eventually(() => assert.equal(pingStreams(connection), 1));
    them.getConnections()[0]?.abort(new Error('gone'));
    await eventually(() => assert.equal(table.peerCount, 0));
    balanced(prober.counts);
    assert.equal(prober.counts.errors.disconnected, 1);
  });

  test('leaves nothing of its round trips to who comes next', async (t) => {
    const { prober, connection, id, us, table, answers } = await setup(t);
    for (let round = 1; round <= 3; round++) {
      prober.pingNow(id);
      await answers(round);
    }
    assert((prober.pings(id)?.rttSeconds ?? 0) > 0);
    assert((prober.pings(id)?.jitterSeconds ?? 0) > 0);
    await connection.close();
    await eventually(() => assert.equal(table.peerCount, 0));
    const next = await peer(t);
    await us.dial(next.getMultiaddrs());
    const none = { rttSeconds: undefined, jitterSeconds: 0, failures: 0 };
    await eventually(() => assert.deepEqual(prober.pings(next.peerId.toString()), none));
  });
});

test('no more pings than allowed are under way, and those that wait get their turn', async (t) => {
  const { prober, id, us, table } = await setup(t, { concurrency: 1, handler: () => {}, timeoutMs: 300 });
  const second = await peer(t);
  await us.dial(second.getMultiaddrs());
  await eventually(() => assert.equal(table.peerCount, 2));
  prober.pingNow(id);
  prober.pingNow(second.peerId.toString());
  assert.deepEqual([prober.counts.active, prober.counts.requests], [1, 1]);
  await eventually(() => assert.equal(prober.counts.responses, 1), 5000, 5);
  assert.equal(prober.counts.errors.timeout, 1);
  balanced(prober.counts);
});

test('stopped with pings under way and streams being opened, all of them have ended', async (t) => {
  const { prober, connection, id } = await setup(t);
  const letGo = holdOpening(connection);
  prober.pingNow(id);
  prober.stop();
  letGo();
  await eventually(() => balanced(prober.counts), 5000, 5);
  assert.equal(prober.counts.errors.disconnected, 1);
  prober.pingNow(id);
  assert.equal(prober.counts.requests, 1);
});
