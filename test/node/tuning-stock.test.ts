import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { PeerTable } from '../../src/peers/peer-table.ts';
import { Prober } from '../../src/probe/prober.ts';
import { digestOf, handleEcho, openEcho, Received, sendAll, someBytes } from '../support/echo.ts';
import { eventually } from '../support/eventually.ts';

const STOCK = join(import.meta.dirname, '..', 'support', 'stock-peer.ts');
const BULK_BYTES = 4 * 2 ** 20;

/** A process with js-libp2p as it comes; levers that go for a process do not reach it. */
function stockPeer(t: TestContext, argv: readonly string[] = []): () => string {
  const child = spawn(process.execPath, [STOCK, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return () => output;
}

async function tuned(t: TestContext): Promise<Libp2p> {
  const node = await createNode({
    privateKey: await ephemeralIdentity(),
    listen: { host: '127.0.0.1', port: 0 },
  });
  t.after(() => node.stop());
  await node.start();
  await handleEcho(node);
  return node;
}

async function exchange(t: TestContext, node: Libp2p, output: () => string): Promise<void> {
  const [connection] = await eventually(() => {
    const connections = node.getConnections();
    assert.equal(connections.length, 1);
    return connections;
  });
  assert(connection !== undefined);
  const table = new PeerTable();
  table.follow(node);
  const prober = new Prober({ table, intervalMs: 20 });
  prober.start();
  t.after(() => prober.stop());
  const stream = await eventually(() => openEcho(connection));
  const received = new Received(stream, true);
  const bytes = someBytes(BULK_BYTES);
  await sendAll(stream, bytes);
  await stream.close();
  await eventually(() => assert.equal(received.bytes, BULK_BYTES), 10_000);
  assert.equal(received.digest(), digestOf(bytes));
  await eventually(() => assert(prober.counts.responses >= 10), 10_000);
  assert.deepEqual(new Set(Object.values(prober.counts.errors)), new Set([0]));
  await eventually(() => assert.match(output(), /^Bulk ok$/m), 10_000);
}

describe('a node with all levers and js-libp2p as it comes: pings and bulk, each way', () => {
  test('the stock node dials', async (t) => {
    const node = await tuned(t);
    await exchange(t, node, stockPeer(t, [String(node.getMultiaddrs()[0])]));
  });

  test('the stock node is dialled', async (t) => {
    const node = await tuned(t);
    const output = stockPeer(t);
    const address = await eventually(() => {
      const [, found] = /^Listening on (\S+)$/m.exec(output()) ?? [];
      assert(found !== undefined);
      return found;
    });
    await node.dial(multiaddr(address));
    await exchange(t, node, output);
  });
});
