import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, Stream } from '@libp2p/interface';
import type { Ping } from '@libp2p/ping';
import { multiaddr } from '@multiformats/multiaddr';
import { PING_PROTOCOL } from '../../src/contract/vocabulary.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { eventually } from '../support/eventually.ts';

/** A node with our responder, and libp2p's own ping on the other side. */
async function pair() {
  const [responder, other] = await Promise.all([
    createNode({ privateKey: await ephemeralIdentity(), listen: { host: '127.0.0.1', port: 0 } }),
    createNode({ privateKey: await ephemeralIdentity(), pingHandler: 'libp2p' }),
  ]);
  await Promise.all([responder.start(), other.start()]);
  const connection = await other.dial(responder.getMultiaddrs()[0] ?? multiaddr());
  const stop = () => Promise.all([responder.stop(), other.stop()]);
  const inbound = () => pingStreams(responder.getConnections()[0]);
  return { responder, other, connection, inbound, stop };
}

const pingStreams = (connection: Connection | undefined): Stream[] =>
  (connection?.streams ?? []).filter(({ protocol }) => protocol === PING_PROTOCOL);

const open = (connection: Connection): Promise<Stream> =>
  connection.newStream(PING_PROTOCOL, { maxOutboundStreams: 64 });

test("answers libp2p's own ping", async (t) => {
  const { responder, other, stop } = await pair();
  t.after(stop);
  const rtt = await (other.services as { ping: Ping }).ping.ping(responder.peerId, {
    signal: AbortSignal.timeout(5000),
  });
  assert(rtt >= 0);
});

test('sends back every byte of a bulk transfer, in order, and closes after the remote has', async (t) => {
  const { connection, inbound, stop } = await pair();
  t.after(stop);
  const stream = await open(connection);
  const sent = randomBytes(4 * 2 ** 20);
  const received: Buffer[] = [];
  stream.addEventListener('message', ({ data }) => received.push(Buffer.from(data.subarray())));
  for (let at = 0; at < sent.length; at += 64 * 1024) {
    if (!stream.send(sent.subarray(at, at + 64 * 1024))) await stream.onDrain();
  }
  await stream.close();
  await eventually(() => assert.equal(Buffer.concat(received).length, sent.length));
  assert(Buffer.concat(received).equals(sent));
  await eventually(() => assert.equal(inbound().length, 0));
});

test('takes no more from a remote that does not read', async (t) => {
  const { connection, inbound, stop } = await pair();
  t.after(stop);
  const stream = await open(connection);
  stream.addEventListener('message', () => {});
  stream.pause();
  const chunk = new Uint8Array(64 * 1024);
  let takenBytes = 0;
  for (let round = 0; round < 400; round++) {
    if (stream.writableNeedsDrain) await Promise.race([once(stream, 'drain'), sleep(5)]);
    if (stream.writableNeedsDrain) continue;
    stream.send(chunk);
    takenBytes += chunk.byteLength;
  }
  const [held] = inbound();
  assert(held !== undefined);
  assert(takenBytes < 4 * 2 ** 20, `${takenBytes} bytes taken`);
  assert(held.writeBufferLength + held.readBufferLength < 2 ** 20);
});

test('a stream beyond the limit is reset, the others go on', async (t) => {
  const { connection, inbound, stop } = await pair();
  t.after(stop);
  const streams = await Promise.all(Array.from({ length: 7 }, () => open(connection)));
  await eventually(() => assert.equal(inbound().length, 7));
  const beyond = await Promise.allSettled(Array.from({ length: 5 }, () => open(connection)));
  await eventually(() => {
    const living = beyond.filter((result) => result.status === 'fulfilled' && result.value.status === 'open');
    assert(living.length <= 1, `${living.length} of 5 beyond the limit live`);
    assert(inbound().length <= 8);
  });
  assert(streams.every(({ status }) => status === 'open'));
});

test('a remote that resets in the middle of an answer harms nobody', async (t) => {
  const { connection, inbound, stop } = await pair();
  t.after(stop);
  for (let round = 0; round < 20; round++) {
    const stream = await open(connection);
    stream.send(randomBytes(256 * 1024));
    stream.abort(new Error('changed my mind'));
  }
  await eventually(() => assert.equal(inbound().length, 0));
  const stream = await open(connection);
  const answer = new Promise<number>((resolve) =>
    stream.addEventListener('message', ({ data }) => resolve(data.byteLength)),
  );
  stream.send(new Uint8Array(32));
  assert.equal(await answer, 32);
});

test('what came before the remote closed is answered, even when nobody read the answers meanwhile', async (t) => {
  const { connection, inbound, stop } = await pair();
  t.after(stop);
  const stream = await open(connection);
  const sent = randomBytes(2 ** 20);
  let receivedBytes = 0;
  stream.addEventListener('message', ({ data }) => {
    receivedBytes += data.byteLength;
  });
  stream.pause();
  stream.send(sent);
  const closed = stream.close();
  await eventually(() => assert((inbound()[0]?.readBufferLength ?? 0) > 0));
  stream.resume();
  await closed;
  await eventually(() => assert.equal(receivedBytes, sent.length), 5000);
  await eventually(() => assert.equal(inbound().length, 0), 5000);
});
