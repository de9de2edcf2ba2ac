import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

const PEERS = 2000;
const AT_ONCE = 25;

/** One peer that comes, stays until it has been seen, and goes. */
async function visit(address: string): Promise<void> {
  const node = await createNode({ privateKey: await ephemeralIdentity() });
  await node.start();
  await node.dial(multiaddr(address));
  await node.stop();
}

test('2,000 peers that came and went leave the series count flat', async (t) => {
  const server = await startDaemonProcess(['--ping-interval', '100ms']);
  t.after(() => server.stop());
  const empty = async () =>
    eventually(async () => {
      const scrape = await server.scrape();
      assert.equal(scrape.value('libp2p_concurrent_peers'), 0);
      return scrape;
    });
  const visits = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => visit(server.address)));
    }
  };
  // The first visitors bring the histograms into being, the one of pings too; from then on nothing may be added.
  await visits(AT_ONCE);
  const { status } = await peermeter(['swarm', '-n', '1', '-d', server.address, '--ramp', '0', '--duration', '5s'])
    .finished;
  assert.equal(status, 0);
  // A scrape is itself counted from the next one on.
  await empty();
  const first = await empty();
  await visits(PEERS);
  const last = await empty();
  const names = (scrape: typeof first) =>
    scrape.samples
      .map(({ name, labels }) => `${name}${JSON.stringify(labels)}`)
      .filter((series) => !series.startsWith('libp2p_gc_'))
      .sort();
  const known = new Set(names(first));
  assert.deepEqual(
    names(last).filter((series) => !known.has(series)),
    [],
  );
  assert.equal(names(last).length, known.size);
  assert.equal(last.value('libp2p_connections_opened_total'), PEERS + AT_ONCE + 1);
  assert.equal(last.value('libp2p_peer_connection_duration_seconds_count'), PEERS + AT_ONCE + 1);
  assert.doesNotMatch(last.text, /otel_metric_overflow/);
});
