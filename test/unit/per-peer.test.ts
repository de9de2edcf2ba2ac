import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Libp2p } from '@libp2p/interface';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { PeerTable } from '../../src/peers/peer-table.ts';
import { Prober } from '../../src/probe/prober.ts';
import { livePeerSeries } from '../../src/record/per-peer.ts';
import { eventually } from '../support/eventually.ts';

async function startedNode(listen?: { host: string; port: number }): Promise<Libp2p> {
  const node = await createNode({ privateKey: await ephemeralIdentity(), ...(listen === undefined ? {} : { listen }) });
  await node.start();
  return node;
}

test('per-peer series: targets, then the longest connected; who left between two of them is passed over', async (t) => {
  const server = await startedNode({ host: '127.0.0.1', port: 0 });
  const visitors = await Promise.all([startedNode(), startedNode(), startedNode()]);
  t.after(() => Promise.all([server, ...visitors].map((node) => node.stop())));
  const table = new PeerTable();
  table.follow(server);
  for (const [at, visitor] of visitors.entries()) {
    await visitor.dial(server.getMultiaddrs());
    await eventually(() => assert.equal(table.peerCount, at + 1));
  }
  const ids = visitors.map(({ peerId }) => peerId.toString());
  const read = (cap: number, targets: string[] = []) =>
    livePeerSeries({ table, prober: new Prober({ table }), cap, targets: new Set(targets) });
  const names = (cap: number, targets?: string[]) => [...read(cap, targets)].map(({ peerId }) => peerId);
  assert.deepEqual(names(100), ids);
  assert.deepEqual(names(2), ids.slice(0, 2));
  assert.deepEqual(names(2, [ids[2] ?? '', 'somebody else']), [ids[2], ids[0]]);
  assert.deepEqual(names(0, ids), []);

  const underWay = read(100);
  assert.equal(underWay.next().value?.peerId, ids[0]);
  await visitors[1]?.stop();
  await eventually(() => assert.equal(table.peerCount, 2));
  assert.deepEqual(
    [...underWay].map(({ peerId }) => peerId),
    [ids[2]],
  );
});
