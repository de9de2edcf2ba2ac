import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isThisMachine, PROFILE_HEADER, PROFILE_PATH, profileRoutes } from '../../src/http/profile-route.ts';
import { HttpServer } from '../../src/http/server.ts';
import { silentLogger } from '../../src/log/logger.ts';
import type { HeapProfile, ProfileNode } from '../../src/profile/heap-profile.ts';
import { sampleHeap } from '../../src/profile/sample-heap.ts';
import { allocationSites, parseProfile, withFrames } from '../../src/profile/sites.ts';
import { sitesText } from '../../src/profile/sites-text.ts';

const HEADERS = { [PROFILE_HEADER]: 'heap' };

/** A server whose profiles take until they are told. */
async function serve(t: TestContext, take = true) {
  const taken: { seconds: number; living: boolean; process: string | undefined; signal: AbortSignal }[] = [];
  const done = Promise.withResolvers<void>();
  const routes = profileRoutes({
    take: take
      ? async (asked, signal) => {
          taken.push({ ...asked, signal });
          signal.addEventListener('abort', () => done.resolve());
          await done.promise;
          signal.throwIfAborted();
          return '{}';
        }
      : undefined,
    maxSeconds: 300,
  });
  const server = new HttpServer({ host: '127.0.0.1', port: 0, allowedHosts: ['named'], routes, log: silentLogger });
  const { port } = await server.start();
  t.after(() => server.stop());
  const get = (query = '', headers: Record<string, string> = HEADERS, method = 'GET'): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: `${PROFILE_PATH}${query}`, headers, method, agent: false });
      sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
      sent.end();
    });
  return { port, taken, get, finish: () => done.resolve() };
}

describe('a profile over HTTP', () => {
  test('is for those who say the word, on this machine, not through a proxy', async (t) => {
    const { get, taken } = await serve(t);
    assert.equal(await get('', {}), 403, 'a page on the web can send no such header');
    assert.equal(await get('', { ...HEADERS, host: 'evil.example' }), 403);
    for (const header of ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']) {
      assert.equal(await get('', { ...HEADERS, [header]: '10.0.0.1' }), 403, header);
    }
    for (const method of ['HEAD', 'POST', 'OPTIONS']) assert.equal(await get('', HEADERS, method), 405, method);
    assert.equal(taken.length, 0);
  });

  test('needs a length and a process that can be', async (t) => {
    const { get, taken } = await serve(t);
    for (const bad of [
      'seconds=0',
      'seconds=301',
      'seconds=-1',
      'seconds=1e2',
      'seconds=x',
      'seconds=',
      'process=../x',
      'process=',
    ]) {
      assert.equal(await get(`?${bad}`), 400, bad);
    }
    assert.equal(taken.length, 0);
  });

  test('is one at a time, and the next one may come when it is done', async (t) => {
    const { get, taken, finish } = await serve(t);
    const first = get('?seconds=300&living=1&process=1');
    while (taken.length === 0) await sleep(5);
    assert.equal(await get(), 409);
    finish();
    assert.equal(await first, 200);
    assert.equal(await get(), 200);
    assert.deepEqual(
      taken.map(({ signal: _, ...asked }) => asked),
      [
        { seconds: 300, living: true, process: '1' },
        { seconds: 30, living: false, process: undefined },
      ],
    );
  });

  test('ends when whoever asked is gone', async (t) => {
    const { port, taken, get } = await serve(t);
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${PROFILE_PATH} HTTP/1.1\r\nHost: localhost\r\n${PROFILE_HEADER}: heap\r\n\r\n`),
    );
    while (taken.length === 0) await sleep(5);
    socket.destroy();
    while (taken[0]?.signal.aborted === false) await sleep(5);
    // It is not busy any more.
    assert.equal(await get(), 200);
  });

  test('is refused where it is switched off', async (t) => {
    const { get } = await serve(t, false);
    assert.equal(await get(), 403);
  });

  test('which addresses are this machine', () => {
    for (const own of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1']) assert(isThisMachine(own), own);
    for (const other of ['10.0.0.1', '128.0.0.1', '1127.0.0.1', '::', '::ffff:10.0.0.1', 'fe80::1', '', undefined]) {
      assert(!isThisMachine(other), String(other));
    }
  });
});

describe('a sampled heap', () => {
  /** Ten megabytes of objects that nobody keeps. */
  function allocateAndForget(): number {
    let sum = 0;
    for (let i = 0; i < 40_000; i++) sum += new Array(32).fill(i).length;
    return sum;
  }

  const bytesOf = (profile: HeapProfile, name: string): number =>
    allocationSites(profile)
      .filter(({ frame }) => frame.functionName === name)
      .reduce((sum, { selfBytes }) => sum + selfBytes, 0);

  async function sampled(living: boolean): Promise<HeapProfile> {
    const taking = sampleHeap({ seconds: 1, living }, new AbortController().signal);
    const timer = setInterval(allocateAndForget, 50);
    const profile = parseProfile(await taking);
    clearInterval(timer);
    return profile ?? assert.fail('no profile');
  }

  test('shows who allocates, what was collected too, unless only the living are asked for', async () => {
    const all = bytesOf(await sampled(false), 'allocateAndForget');
    assert(all > 10 * 2 ** 20, `${all} bytes`);
    const living = bytesOf(await sampled(true), 'allocateAndForget');
    assert(living < all / 2, `${living} of ${all} bytes`);
  });

  test('ends early, and can be taken again', async () => {
    const gone = new AbortController();
    const startedAt = performance.now();
    const taking = sampleHeap({ seconds: 300, living: false }, gone.signal);
    setTimeout(() => gone.abort(), 50);
    await assert.rejects(taking, { name: 'AbortError' });
    assert(performance.now() - startedAt < 30_000);
    assert.notEqual(
      parseProfile(await sampleHeap({ seconds: 1, living: false }, new AbortController().signal)),
      undefined,
    );
  });
});

describe('the table', () => {
  const frame = (functionName: string, url = 'file:///p/dist/a.js') => ({
    functionName,
    scriptId: '1',
    url,
    lineNumber: 4,
    columnNumber: 2,
  });
  const node = (name: string, selfSize: number, children: ProfileNode[] = []): ProfileNode => ({
    callFrame: frame(name),
    selfSize,
    id: 1,
    children,
  });
  const profile: HeapProfile = {
    head: node('(root)', 0, [node('b', 110, [node('a', 300)]), node('a', 500), node('', 90)]),
    samples: [],
  };

  test('has each function once, the largest first, and adds up', () => {
    const sites = allocationSites(profile);
    assert.deepEqual(
      sites.map(({ frame: { functionName }, selfBytes }) => [functionName, selfBytes]),
      [
        ['a', 800],
        ['b', 110],
        ['', 90],
      ],
    );
    assert.match(sitesText(sites), /^ *800 {3}80\.0 % {2}a +dist\/a\.js:5$/m);
    assert.match(sitesText(sites), /^ *1000 {2}100\.0 % {2}all$/m);
    const many = Array.from({ length: 25 }, (_, i) => ({ frame: frame(`f${i}`), selfBytes: 10 }));
    assert.match(sitesText(many), /^ *50 {3}20\.0 % {2}5 others$/m);
    assert.match(sitesText([]), /0 +– {2}all/);
  });

  test('escapes names', () => {
    assert.doesNotMatch(
      sitesText([{ frame: frame('\u001b[31mx\n', 'file:///\u202e'), selfBytes: 1 }]),
      /[\u001b\u202e]/,
    );
  });

  test('what is no profile is none, however deep it is', () => {
    for (const bad of [
      '',
      'null',
      '{}',
      '{"head":{},"samples":[]}',
      '{"head":{"callFrame":null,"selfSize":1,"children":[]},"samples":[]}',
    ]) {
      assert.equal(parseProfile(bad), undefined, bad);
    }
    let deep = node('leaf', 1);
    for (let i = 0; i < 1000; i++) deep = node('n', 1, [deep]);
    const read = parseProfile(JSON.stringify({ head: deep, samples: [] }));
    assert.equal(allocationSites(withFrames(read ?? assert.fail(), (one) => one))[0]?.selfBytes, 1000);
  });
});
