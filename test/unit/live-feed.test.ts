import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerDetails } from '../../src/contract/per-peer.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { HttpServer } from '../../src/http/server.ts';
import type { LiveLimits } from '../../src/live/limits.ts';
import { LiveFeed } from '../../src/live/live-feed.ts';
import { createLogger } from '../../src/log/logger.ts';
import { eventually } from '../support/eventually.ts';
import { look } from '../support/live.ts';

const peer = (n: number): PeerDetails => ({
  peerId: `12D3KooW${String(n).padStart(44, 'x')}`,
  sinceMs: 1_764_000_000_000 + n,
  rttSeconds: n === 0 ? undefined : n / 1e6,
  jitterSeconds: 0,
  failures: 0,
  direction: 'inbound',
  address: `/ip4/10.0.0.1/tcp/${n}/p2p/12D3KooW${String(n).padStart(44, 'x')}`,
  target: false,
});
const thousand = Array.from({ length: 1000 }, (_, n) => peer(n));

interface Served {
  readonly feed: LiveFeed;
  readonly url: string;
  readonly port: number;
  readonly log: string[];
  /** Times figures and peers were asked for. */
  readonly asked: { figures: number; peers: number };
  fail: boolean;
}

async function serve(
  t: TestContext,
  limits: Partial<LiveLimits> = {},
  http: Partial<HttpLimits> = {},
): Promise<Served> {
  const log: string[] = [];
  const logger = createLogger({ write: (line) => log.push(line) });
  const asked = { figures: 0, peers: 0 };
  const served = { log, asked, fail: false };
  const feed = new LiveFeed({
    hello: () => ({ service: 's', peerId: 'p', version: 'v', addresses: [], startedAtMs: 0, processes: 1 }),
    figures: async () => {
      asked.figures++;
      if (served.fail) throw new Error('no figures');
      return new Map();
    },
    peers: (most) => {
      asked.peers++;
      return { total: 5000, peers: thousand.slice(0, most) };
    },
    log: logger,
    limits: { intervalMs: 20, idleIntervalMs: 50, ...limits },
  });
  const server = new HttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    routes: feed.routes,
    log: logger,
    limits: http,
  });
  const { port } = await server.start();
  feed.start();
  t.after(async () => {
    feed.stop();
    await server.stop();
  });
  return Object.assign(served, { feed, url: `http://127.0.0.1:${port}`, port });
}

/** Asks for the feed and then reads nothing. */
async function stare(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n'));
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  return socket;
}

test('peers are asked for only while somebody looks, and all see the same', async (t) => {
  const { url, asked, feed } = await serve(t);
  await eventually(() => assert(asked.figures > 3));
  assert.equal(asked.peers, 0);
  const two = await Promise.all([look(url), look(url)]);
  const tables = await Promise.all(two.map((each) => each.atLeast(3, 'peers')));
  assert.deepEqual(tables[0]?.at(-1), tables[1]?.at(-1));
  assert.deepEqual(tables[0]?.[0]?.peers[1], {
    peerId: peer(1).peerId,
    direction: 'inbound',
    address: '/ip4/10.0.0.1/tcp/1',
    target: false,
    connectedAtMs: 1_764_000_000_001,
    rttSeconds: 0.000_001,
    jitterSeconds: 0,
    failures: 0,
  });
  assert.equal(tables[0]?.[0]?.total, 5000);
  assert(asked.peers <= asked.figures, 'once for all of them');
  for (const each of two) each.close();
  await eventually(() => assert.equal(feed.viewers, 0));
  await sleep(60);
  const asking = asked.peers;
  await sleep(200);
  assert.equal(asked.peers, asking);
});

test('who does not read is let go, and no more is kept for it than the bound', async (t) => {
  const maxBacklogBytes = 100_000;
  const { url, port, feed } = await serve(t, { maxBacklogBytes });
  const reading = await look(url);
  const stuck = await Promise.all(Array.from({ length: 5 }, () => stare(port)));
  const closed = Promise.all(stuck.map((socket) => once(socket, 'close')));
  await eventually(() => assert.equal(feed.viewers, 6));
  // What the kernel has taken for them comes first: a socket that is read again ends only after it.
  await eventually(() => assert.equal(feed.viewers, 1));
  for (const socket of stuck) socket.resume();
  await closed;
  const had = reading.all('peers').length;
  await reading.atLeast(had + 3, 'peers');
  reading.close();
});

test('who is slow gets points, and a table when it has caught up', async (t) => {
  const { port, feed } = await serve(t, { maxBacklogBytes: 50 * 2 ** 20 });
  const socket = await stare(port);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.pause();
  await sleep(1500);
  const before = text.length;
  socket.resume();
  await eventually(() => assert((text.match(/^event: point$/gm)?.length ?? 0) > 60));
  assert.equal(feed.viewers, 1);
  const points = text.slice(before).match(/^event: point$/gm)?.length ?? 0;
  const tables = text.slice(before).match(/^event: peers$/gm)?.length ?? 0;
  assert(tables < points, `${tables} tables, ${points} points`);
  await eventually(() => assert((text.match(/^event: peers$/gm)?.length ?? 0) > tables + 3));
  socket.destroy();
});

test('no idle time-out ends a feed that goes on', async (t) => {
  const { url } = await serve(
    t,
    { intervalMs: 100 },
    { socketTimeoutMs: 250, headersTimeout: 200, requestTimeout: 300 },
  );
  const looking = await look(url);
  await looking.atLeast(12, 'point');
  assert.equal(looking.response.destroyed, false);
  looking.close();
});

test('a feed whose figures fail says so once, and goes on when they are back', async (t) => {
  const served = await serve(t);
  const looking = await look(served.url);
  await looking.atLeast(1, 'point');
  served.fail = true;
  await sleep(200);
  const had = looking.all('point').length;
  await sleep(100);
  assert.equal(looking.all('point').length, had);
  assert.equal(looking.response.destroyed, false);
  served.fail = false;
  await looking.atLeast(had + 3, 'point');
  looking.close();
  assert.equal(served.log.filter((line) => line.includes('the live feed stands still')).length, 1);
});

test('a feed that stops takes leave of all, and of who comes later', async (t) => {
  const { url, feed } = await serve(t);
  const all = await Promise.all([look(url), look(url), look(url)]);
  await Promise.all(all.map((each) => each.atLeast(1, 'point')));
  feed.stop();
  await Promise.all(all.map(({ ended }) => ended));
  for (const each of all) assert.equal(each.events.at(-1)?.name, 'bye');
  assert.equal((await look(url)).response.statusCode, 503);
  await eventually(() => assert.equal(feed.viewers, 0));
});
