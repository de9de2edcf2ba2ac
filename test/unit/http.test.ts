import assert from 'node:assert/strict';
import { Agent, get, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { acceptsGzip } from '../../src/http/compression.ts';
import { isAllowedHost, parseHost } from '../../src/http/host-check.ts';
import type { Routes } from '../../src/http/reply.ts';
import { parseTarget } from '../../src/http/request-target.ts';
import { metricsRoutes } from '../../src/http/routes.ts';
import { HttpServer, type HttpServerInit } from '../../src/http/server.ts';
import { createLogger } from '../../src/log/logger.ts';

const scrapes = (text: () => Promise<string>) => [{ path: '/metrics', text }];
const EXPOSITION = Array.from({ length: 500 }, (_, i) => `metric{le="${i}"} ${i * 7919}\n`).join('');

interface Served {
  port: number;
  server: HttpServer;
  /** What the server logged. */
  lines: string[];
}

/** A running server that ends with its test. */
async function serve(t: TestContext, routes: Routes, init: Partial<HttpServerInit> = {}): Promise<Served> {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', write: (line) => lines.push(line) });
  const server = new HttpServer({ host: '127.0.0.1', port: 0, allowedHosts: [], routes, log, ...init });
  const { port } = await server.start();
  t.after(() => server.stop());
  return { port, server, lines };
}

const TEXT: Routes = { '/': () => text('hello\n'), '/b': () => text('b\n') };

function text(body: string, headers: Record<string, string> = {}) {
  return { status: 200, contentType: 'text/plain', body, headers };
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function ask(
  port: number,
  path = '/',
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Everything the server sends for these bytes until it hangs up. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that refuses a request half read resets the connection after its answer.
    socket.on('error', (error: NodeJS.ErrnoException) => error.code !== 'ECONNRESET' && reject(error));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** One request with these lines; the connection is not kept. */
function lines(...head: string[]): string {
  return `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

function statusOf(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1]);
}

function bodyOf(response: string): string {
  return response.slice(response.indexOf('\r\n\r\n') + 4);
}

/** One line, which says nothing about how the server is made. */
function assertOneLine(body: string | Buffer): void {
  assert.match(String(body), /^[^\n]+\n$/);
  assert.doesNotMatch(String(body), /\.ts|node:|at .*:\d+/);
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

describe('HttpServer', () => {
  test('answers a route', async (t) => {
    const { port } = await serve(t, TEXT);
    const { status, headers, body } = await ask(port, '/b');
    assert.equal(status, 200);
    assert.equal(String(body), 'b\n');
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(headers['content-length'], '2');
  });

  test('answers what is under way after other requests failed', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const bytes of ['\0\0\0', 'GET / HTTP/9.9\r\n\r\n', 'NONSENSE / HTTP/1.1\r\n\r\n']) await raw(port, bytes);
    (await opened(port)).resetAndDestroy();
    assert.equal((await ask(port)).status, 200);
  });

  test('sends its security headers with every answer, and lets a route replace them', async (t) => {
    const { port } = await serve(t, {
      ...TEXT,
      '/page': () => text('', { 'Content-Security-Policy': "default-src 'self'" }),
    });
    for (const path of ['/', '/nowhere']) {
      const { headers } = await ask(port, path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
    }
    assert.equal((await ask(port, '/page')).headers['content-security-policy'], "default-src 'self'");
  });

  test('gives HEAD the headers of GET and no body', async (t) => {
    const { port } = await serve(t, { '/': () => text(EXPOSITION) });
    for (const coding of ['identity', 'gzip']) {
      const head = (method: string) =>
        raw(port, lines(`${method} / HTTP/1.1`, 'Host: localhost', `Accept-Encoding: ${coding}`));
      const [whole, empty] = [await head('GET'), await head('HEAD')];
      const headersOf = (response: string) =>
        response.slice(0, response.indexOf('\r\n\r\n')).replace(/\r\nDate:.*/, '');
      assert.equal(headersOf(empty), headersOf(whole));
      assert.match(headersOf(empty), /content-length: \d+/);
      assert.equal(bodyOf(empty), '');
      assert.ok(bodyOf(whole).length > 0);
    }
  });

  test('refuses every other method', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      for (const path of ['/', '/nowhere']) {
        const { status, headers, body } = await ask(port, path, { method });
        assert.equal(status, 405, method);
        assert.equal(headers.allow, 'GET, HEAD');
        assertOneLine(body);
      }
    }
  });

  test('does not tunnel', async (t) => {
    const { port } = await serve(t, TEXT);
    assert.equal(await raw(port, lines('CONNECT example.com:443 HTTP/1.1', 'Host: example.com:443')), '');
    const upgrade = lines('GET / HTTP/1.1', 'Host: localhost', 'Upgrade: websocket').replace('close', 'Upgrade, close');
    assert.notEqual(statusOf(await raw(port, upgrade)), 101);
  });

  test('takes no body', async (t) => {
    const { port } = await serve(t, TEXT);
    const answer = await raw(
      port,
      `${lines('POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 100000')}${'x'.repeat(100_000)}`,
    );
    assert.equal(statusOf(answer), 405);
  });

  test('says which paths there are', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const path of ['/nowhere', '/B', '/b/', '//b', '/b/../b', '/__proto__', '/constructor']) {
      const { status, body } = await ask(port, path);
      assert.equal(status, 404, path);
      assertOneLine(body);
      assert.match(String(body), /\/, \/b/);
      assert.ok(!String(body).includes('__proto__'), 'a request is not echoed');
    }
  });

  test('does not walk up a file system it does not serve', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const path of ['/../../etc/passwd', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd']) {
      const answer = await raw(port, lines(`GET ${path} HTTP/1.1`, 'Host: localhost'));
      assert.equal(statusOf(answer), 404, path);
      assertOneLine(bodyOf(answer));
    }
  });

  test('leaves queries out and takes percent-encoding', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const path of ['/b?', '/b?x=1&y=%zz', '/b?a?/c', '/%62'])
      assert.equal((await ask(port, path)).status, 200, path);
  });

  test('refuses malformed targets', async (t) => {
    const { port } = await serve(t, TEXT);
    for (const target of ['/%zz', '/%ff', '/b#c', '*', 'http:///', 'http://a b/', 'file:/etc/passwd', 'b']) {
      assert.equal(statusOf(await raw(port, lines(`GET ${target} HTTP/1.1`, 'Host: localhost'))), 400, target);
    }
  });

  test('takes absolute-form targets for the host they name', async (t) => {
    const { port } = await serve(t, TEXT);
    const status = async (target: string, host: string) =>
      statusOf(await raw(port, lines(`GET ${target} HTTP/1.1`, `Host: ${host}`)));
    assert.equal(await status(`http://127.0.0.1:${port}/b?x`, 'localhost'), 200);
    assert.equal(await status('http://localhost', 'localhost'), 200);
    assert.equal(await status('HTTP://LOCALHOST/b', 'evil.example'), 200, 'the Host header does not count then');
    assert.equal(await status('http://evil.example/b', 'localhost'), 403);
    assert.equal(await status('http://user@localhost/b', 'localhost'), 400);
    assert.equal(await status('https://localhost/b', 'localhost'), 421);
  });

  test('answers only to addresses, localhost and the names it is told', async (t) => {
    const { port } = await serve(t, TEXT, { allowedHosts: ['Node7.example.'] });
    const ours = [
      '127.0.0.1',
      '[::1]',
      `[::1]:${port}`,
      '10.1.2.3:1',
      'localhost',
      'LocalHost.:99',
      'node7.EXAMPLE:9464',
    ];
    for (const host of ours) assert.equal((await ask(port, '/', { headers: { host } })).status, 200, host);
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      'node7.example.evil',
      '127.0.0.1.evil.example',
      '0x7f.1',
    ]) {
      for (const path of ['/', '/nowhere']) {
        const { status, body } = await ask(port, path, { headers: { host } });
        assert.equal(status, 403, host);
        assertOneLine(body);
        assert.match(String(body), /--metrics-allowed-host/);
      }
    }
    assert.equal((await ask(port, '/', { method: 'POST', headers: { host: 'evil.example' } })).status, 403);
  });

  test('wants exactly one well-formed Host from HTTP/1.1, and none from 1.0', async (t) => {
    const { port } = await serve(t, TEXT);
    const status = async (...head: string[]) => statusOf(await raw(port, lines(...head)));
    assert.equal(await status('GET / HTTP/1.1'), 400);
    assert.equal(await status('GET / HTTP/1.0'), 200);
    assert.equal(await status('GET / HTTP/1.0', 'Host: evil.example'), 403);
    assert.equal(await status('GET / HTTP/1.1', 'Host: localhost', 'Host: localhost'), 400);
    assert.equal(await status('GET / HTTP/1.1', 'Host: localhost', 'host: evil.example'), 400);
    for (const host of [
      '',
      'localhost, evil.example',
      'a@localhost',
      'localhost/',
      '::1',
      '[::1',
      'localhost:x',
      '..',
      '\xe9',
    ]) {
      assert.equal(await status('GET / HTTP/1.1', `Host: ${host}`), 400, host);
    }
  });

  test('refuses more headers than it has room for', async (t) => {
    const { port } = await serve(t, TEXT);
    assert.equal(
      statusOf(await raw(port, lines('GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(65_536)}`))),
      431,
    );
    const many = Array.from({ length: 4096 }, (_, i) => `X-${i}: ${i}`);
    assert.equal(statusOf(await raw(port, lines('GET / HTTP/1.1', 'Host: localhost', ...many))), 431);
  });

  test('compresses a body over 1 KiB for who takes it', async (t) => {
    const { port } = await serve(t, { '/': () => text(EXPOSITION), '/1024': () => text('x'.repeat(1024)) });
    const headers = { 'accept-encoding': 'deflate, gzip;q=0.5' };
    const packed = await ask(port, '/', { headers });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(packed.headers.vary, 'Accept-Encoding');
    assert.equal(String(gunzipSync(packed.body)), EXPOSITION);
    assert.equal(packed.headers['content-length'], String(packed.body.length));
    assert.ok(packed.body.length < EXPOSITION.length / 2);

    for (const answer of [await ask(port), await ask(port, '/', { headers: { 'accept-encoding': 'gzip;q=0' } })]) {
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.equal(answer.headers.vary, 'Accept-Encoding');
      assert.equal(String(answer.body), EXPOSITION);
    }
    assert.equal((await ask(port, '/1024', { headers })).headers['content-encoding'], undefined);
  });

  test('sends bytes as they are', async (t) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { port } = await serve(t, { '/': () => ({ status: 200, contentType: 'image/x', body: bytes }) });
    assert.deepEqual(new Uint8Array((await ask(port)).body), bytes);
  });

  test('keeps what went wrong in a handler to itself', async (t) => {
    const { port, lines } = await serve(t, {
      '/throws': () => {
        throw new Error('secret thing');
      },
      '/rejects': () => Promise.reject(new Error('secret thing')),
      '/nothing': () => Promise.reject(undefined),
    });
    for (const path of ['/throws', '/rejects', '/nothing']) {
      const { status, body } = await ask(port, path);
      assert.equal(status, 500);
      assertOneLine(body);
      assert.ok(!String(body).includes('secret'));
      assert.ok(
        lines.some((line) => line.includes(' ERROR ') && line.includes(`path=${path}`)),
        lines.join('\n'),
      );
    }
    assert.ok(lines.some((line) => line.includes(' ERROR ') && line.includes('secret thing')));
    assert.ok(
      lines.every((line) => !line.includes(' ERROR ') || !line.includes('.ts:')),
      'a stack only at debug level',
    );
  });

  test('survives a reply that cannot be sent, and a client that has gone', async (t) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { port, lines: logged } = await serve(t, {
      ...TEXT,
      '/bad': () => text('', { 'x-bad': 'a\nb' }),
      '/held': () => held.then(() => text('late\n')),
    });
    assert.equal(await raw(port, lines('GET /bad HTTP/1.1', 'Host: localhost')), '');
    assert.ok(logged.some((line) => line.includes('http reply failed')));
    const socket = await opened(port);
    socket.write(lines('GET /held HTTP/1.1', 'Host: localhost'));
    await sleep(20);
    socket.resetAndDestroy();
    release();
    assert.equal((await ask(port)).status, 200);
  });

  test('gives up on who says nothing, or half a request', async (t) => {
    const { port } = await serve(t, TEXT, { limits: { headersTimeout: 100, requestTimeout: 100 } });
    for (const bytes of ['', 'GET / HTTP/1.1\r\nHost: loc']) assert.equal(statusOf(await raw(port, bytes)), 408);
  });

  test('gives up on a handler that never answers', async (t) => {
    const { port } = await serve(t, { '/': () => new Promise(() => {}) }, { limits: { socketTimeoutMs: 100 } });
    assert.equal(await raw(port, lines('GET / HTTP/1.1', 'Host: localhost')), '');
  });

  test('serves again after more connections than it takes', async (t) => {
    const { port } = await serve(t, TEXT, { limits: { maxConnections: 3 } });
    const agents = Array.from({ length: 3 }, () => new Agent({ keepAlive: true }));
    t.after(() => {
      for (const agent of agents) agent.destroy();
    });
    await Promise.all(agents.map((agent) => kept(port, agent)));
    await assert.rejects(ask(port), { code: /ECONNRESET|EPIPE/ });
    assert.equal((await ask(port)).status, 200, 'idle connections made room');
  });

  test('keeps a connection for the next request', async (t) => {
    const { port } = await serve(t, TEXT);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    assert.equal(await kept(port, agent), await kept(port, agent));
  });

  test('answers pipelined requests in order', async (t) => {
    const { port } = await serve(t, { ...TEXT, '/slow': () => sleep(50, text('slow\n')) });
    const answer = await raw(
      port,
      `GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n${lines('GET /b HTTP/1.1', 'Host: localhost')}`,
    );
    assert.match(answer, /slow\n.*b\n$/s);
  });

  test('rejects with the system error when it cannot listen', async (t) => {
    const { port } = await serve(t, TEXT);
    const log = createLogger({ write: () => {} });
    const second = new HttpServer({ host: '127.0.0.1', port, allowedHosts: [], routes: TEXT, log });
    await assert.rejects(second.start(), { code: 'EADDRINUSE', port });
    await second.stop();
    const nowhere = new HttpServer({ host: '192.0.2.1', port: 0, allowedHosts: [], routes: TEXT, log });
    await assert.rejects(nowhere.start(), { code: 'EADDRNOTAVAIL' });
  });

  test('says where it listens', async (t) => {
    const log = createLogger({ write: () => {} });
    const server = new HttpServer({ host: 'localhost', port: 0, allowedHosts: [], routes: TEXT, log });
    t.after(() => server.stop());
    const { host, port } = await server.start();
    assert.match(host, /^(127\.0\.0\.1|::1)$/);
    assert.ok(port > 0);
  });

  test('stops within a second, idle and busy connections or none', async (t) => {
    const { port, server } = await serve(t, { ...TEXT, '/never': () => new Promise(() => {}) });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    await kept(port, agent);
    const silent = await opened(port);
    const busy = raw(port, lines('GET /never HTTP/1.1', 'Host: localhost'));
    await sleep(50);
    const start = performance.now();
    await server.stop();
    // A second is the promise; the rest is for a machine that does other things.
    assert.ok(performance.now() - start < 3000);
    assert.equal(await busy, '');
    silent.destroy();
    await assert.rejects(ask(port), { code: 'ECONNREFUSED' });
    await server.stop();
  });

  test('lets a reply under way finish when it stops', async (t) => {
    const { promise: started, resolve: onStarted } = Promise.withResolvers<void>();
    const { port, server } = await serve(t, {
      '/': async () => {
        onStarted();
        return sleep(50, text('whole\n'));
      },
    });
    const answer = ask(port, '/', { headers: { connection: 'keep-alive' } });
    await started;
    await Promise.all([server.stop(), answer]);
    assert.equal(String((await answer).body), 'whole\n');
    assert.equal((await answer).headers.connection, 'close');
  });
});

/** Asks over a kept connection; gives the port it came from. */
function kept(port: number, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, (response) => {
      const from = response.socket.localPort;
      response.resume().on('end', () => setImmediate(resolve, from));
    }).on('error', reject);
  });
}

describe('metricsRoutes', () => {
  const fine = () => ({ live: true, ready: true });

  test('gives the exposition at /metrics and /', async (t) => {
    const { port } = await serve(t, metricsRoutes({ scrapes: scrapes(async () => EXPOSITION), health: fine }));
    for (const path of ['/metrics', '/']) {
      const { status, headers, body } = await ask(port, path);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
      assert.equal(String(body), EXPOSITION);
    }
  });

  test('collects once for scrapes that come together, again for a later one', async (t) => {
    let collections = 0;
    const scrape = async () => {
      const mine = ++collections;
      await sleep(200);
      return `collection ${mine}\n`.repeat(1000);
    };
    const { port } = await serve(t, metricsRoutes({ scrapes: scrapes(scrape), health: fine }));
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(port, '/metrics')));
    assert.ok(
      answers.every(({ status, body }) => status === 200 && new Set(String(body).trim().split('\n')).size === 1),
    );
    assert.ok(collections < 30);
    const before = collections;
    assert.match(String((await ask(port, '/metrics')).body), new RegExp(`^collection ${before + 1}\n`));
  });

  test('recovers from a collection that failed', async (t) => {
    let works = false;
    const scrape = async () => {
      if (!works) throw new Error('no figures');
      return 'a 1\n';
    };
    const { port } = await serve(t, metricsRoutes({ scrapes: scrapes(scrape), health: fine }));
    assert.equal((await ask(port, '/metrics')).status, 500);
    works = true;
    assert.equal((await ask(port, '/metrics')).status, 200);
  });

  test('says whether the daemon is live and ready, and why not', async (t) => {
    let health: { live: boolean; ready: boolean; reason?: string } = { live: true, ready: true };
    const { port } = await serve(t, metricsRoutes({ scrapes: scrapes(async () => ''), health: () => health }));
    const states = async () => {
      const answers = await Promise.all([ask(port, '/healthz'), ask(port, '/readyz')]);
      return answers.map(({ status, body }) => `${status} ${body}`);
    };
    assert.deepEqual(await states(), ['200 ok\n', '200 ok\n']);
    health = { live: true, ready: false, reason: 'not listening\nyet' };
    assert.deepEqual(await states(), ['200 ok\n', '503 not listening yet\n']);
    health = { live: false, ready: true };
    assert.deepEqual(await states(), ['503 not live\n', '503 not ready\n']);
  });
});

describe('isAllowedHost', () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const port = fc.option(fc.integer({ min: 0, max: 65_535 }).map((port) => `:${port}`)).map((port) => port ?? '');
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.webAuthority(), name);

  test('never throws', () => {
    fc.assert(
      fc.property(anything, fc.array(anything), (host, allowed) => typeof isAllowedHost(host, allowed) === 'boolean'),
    );
    assert.equal(isAllowedHost(undefined, ['localhost']), false);
  });

  test('lets addresses pass, on every port', () => {
    fc.assert(fc.property(fc.ipV4(), port, (address, port) => isAllowedHost(`${address}${port}`, [])));
    fc.assert(fc.property(fc.ipV6(), port, (address, port) => isAllowedHost(`[${address}]${port}`, [])));
  });

  test('lets no name pass that is not listed', () => {
    fc.assert(
      fc.property(fc.oneof(name, anything), fc.array(name), port, (host, allowed, port) => {
        const bare = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
        fc.pre(bare !== 'localhost' && !allowed.includes(bare) && !isAddress(bare));
        return !isAllowedHost(host, allowed) && !isAllowedHost(`${host}${port}`, allowed);
      }),
      { numRuns: 2000 },
    );
  });

  test('lets no name pass that has a listed one in it', () => {
    const extra = fc.constantFrom(
      '.evil',
      '-',
      'x',
      '@evil',
      '/',
      '\0',
      ' ',
      '%2e',
      ',evil',
      '\u212a',
      '..',
      ':x',
      '#',
    );
    fc.assert(
      fc.property(name, extra, (listed, extra) => {
        const allowed = [listed, 'localhost'];
        return [`${listed}${extra}`, `${extra}${listed}`, `localhost${extra}`].every(
          (host) => !isAllowedHost(host, allowed),
        );
      }),
    );
  });

  test('lets listed names pass, however they are written', () => {
    const dot = fc.constantFrom('', '.');
    fc.assert(
      fc.property(name, dot, dot, port, fc.boolean(), (listed, dotHere, dotThere, port, shout) => {
        const host = `${shout ? listed.toUpperCase() : listed}${dotHere}${port}`;
        return isAllowedHost(host, ['other.example', `${listed}${dotThere}`]);
      }),
    );
  });

  test('takes no letter for another', () => {
    // The Kelvin sign is a k and the long s an s in lower or upper case.
    for (const host of ['\u212aube', 'locall\u017ft', 'LOCALHO\u017fT'])
      assert.equal(isAllowedHost(host, ['kube']), false);
    for (const host of ['[::1%eth0]', '[127.0.0.1]', '[localhost]', '127.1', '2130706433', '0x7f000001']) {
      assert.equal(isAllowedHost(host, []), false, host);
    }
    for (const host of ['a'.repeat(300), 'a..b', 'a..', '.a', 'a b']) assert.equal(parseHost(host), undefined, host);
  });

  function isAddress(bare: string): boolean {
    return /^(\d+\.){3}\d+$/.test(bare) || /^\[[0-9a-f:.]+\]$/.test(bare);
  }
});

describe('parseTarget', () => {
  test('never throws, and gives a path that starts with a slash', () => {
    const target = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.webPath(),
      fc.string().map((text) => `/${text}`),
    );
    fc.assert(
      fc.property(target, (target) => parseTarget(target)?.path.startsWith('/') ?? true),
      { numRuns: 1000 },
    );
  });
});

describe('acceptsGzip', () => {
  test('reads the header as RFC 9110 has it', () => {
    for (const header of ['gzip', 'GZIP', 'br, gzip', 'gzip;q=0.1', 'gzip ; q=1', '*', 'x-gzip', 'identity;q=0, *']) {
      assert.equal(acceptsGzip(header), true, header);
    }
    for (const header of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.000', '*;q=0', '*, gzip;q=0', 'gzipped', ',;,']) {
      assert.equal(acceptsGzip(header), false, String(header));
    }
  });
});
