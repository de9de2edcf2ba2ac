import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { LiveHello, LivePeers, LivePoint } from '../../src/live/feed.ts';
import { type DaemonProcess, peermeter, type Running, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { stateOf } from '../support/processes.ts';
import { inPty, type Pty, type PtySize } from '../support/pty.ts';

const PEERS = 30;
const SIZE = { columns: 80, rows: 24 };
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

/** What gives a terminal back: wrapping, the cursor, the screen that was there before. */
const GIVEN_BACK = '\x1b[?7h\x1b[?25h\x1b[?1049l';

describe('peermeter top', () => {
  let daemon: DaemonProcess;
  let clients: Running;
  before(async () => {
    daemon = await startDaemonProcess();
    clients = peermeter(['swarm', '-d', daemon.address, '-n', String(PEERS), '--duration', '170', '--ramp', '0']);
    await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), PEERS));
  });
  after(async () => {
    clients?.child.kill('SIGKILL');
    await daemon?.stop();
  });

  const top = async (t: TestContext, size: PtySize = SIZE, env: NodeJS.ProcessEnv = {}): Promise<Pty> => {
    const pty = await inPty(['top', daemon.metricsUrl], size, env);
    t.after(() => pty.kill());
    await eventually(() => assert.match(pty.screen().join('\n'), new RegExp(`of ${PEERS}$`, 'm')));
    return pty;
  };
  const table = (pty: Pty): string[] => pty.screen().filter((line) => line.startsWith('12D3Koo'));

  test('shows the daemon and its peers in a terminal, and gives it back at q', async (t) => {
    const pty = await top(t);
    const screen = pty.screen();
    assert.match(screen[0] ?? '', /^peermeter \d+\.\d+\.\d+ 12D3KooW\S+ up \d+s +live$/);
    assert.match(screen[1] ?? '', new RegExp(`^peers +${PEERS} of 100, ${PEERS} in 0 out +pool +15\\.0 % of 200$`));
    await eventually(() => assert(pty.screen().some((line) => /^rtt +p50 \S+ 95 \S+ 99 \S+/.test(line))));
    assert(screen.some((line) => /^PEER +RTTv +FAILED +AGE +JITTER FROM/.test(line)));
    assert.match(table(pty)[0] ?? '', /^12D3KooW\S+ +\d\S* [um]s +0 +\d+s +\d\S* [um]s in 127\.0\.0\.1:\d+$/);
    pty.type('q');
    assert.equal(await pty.status, 0);
    assert(pty.output().endsWith(GIVEN_BACK));
    assert.deepEqual(
      pty.screen().filter((line) => line !== ''),
      [],
    );
  });

  test('sorts, scrolls, filters, pauses and helps', async (t) => {
    const pty = await top(t);
    pty.type('p');
    await eventually(() => {
      // What stands before the part that is left out.
      const ids = table(pty).map((line) => line.split('…')[0] ?? '');
      assert(ids.length > 5);
      assert.deepEqual(ids, [...ids].sort());
      assert(pty.screen().some((line) => line.startsWith('PEERv')));
    });
    pty.type('p');
    await eventually(() => assert(pty.screen().some((line) => line.startsWith('PEER^'))));
    pty.type('\x1b[6~\x1b[B');
    await eventually(() => assert.match(pty.screen().at(-1) ?? '', / 13-23 of 30$/));
    pty.type('\x1b[F');
    await eventually(() => assert.match(pty.screen().at(-1) ?? '', / 20-30 of 30$/));
    pty.type('/no such peer\r');
    await eventually(() => assert.match(pty.screen().at(-1) ?? '', /\/no such peer \(Esc: all\).* 0 of 30$/));
    pty.type('\x1b');
    await eventually(() => assert.match(pty.screen().at(-1) ?? '', / 1-11 of 30$/));
    pty.type('?');
    await eventually(() => assert(pty.screen().some((line) => line.includes('round trip'))));
    pty.type('? ');
    await eventually(() => assert.match(pty.screen()[0] ?? '', /paused$/));
    pty.type('\x03');
    assert.equal(await pty.status, 0);
  });

  test('fits the terminal, whatever becomes of it', async (t) => {
    const pty = await top(t);
    for (const size of [
      { columns: 40, rows: 24 },
      { columns: 132, rows: 40 },
      { columns: 12, rows: 4 },
      { columns: 60, rows: 10 },
    ]) {
      await pty.resize(size);
      await eventually(() => {
        const screen = pty.screen();
        assert.match(screen[0] ?? '', /live$/);
        assert.match(screen.at(-1) ?? '', size.columns > 12 ? / of 30$/ : /30$/);
      });
    }
    process.kill(pty.pid, 'SIGTERM');
    assert.equal(await pty.status, 0);
    assert(pty.output().endsWith(GIVEN_BACK));
  });

  test('has no colour when none is wanted, and no letters that the locale has not', async (t) => {
    const pty = await top(t, SIZE, { NO_COLOR: '1', LANG: 'C' });
    assert.doesNotMatch(pty.output(), /\x1b\[[\d;]*m/);
    assert.match(pty.output(), /^[\x00-\x7f]*$/);
    pty.type('q');
    assert.equal(await pty.status, 0);
    const coloured = await top(t);
    assert.match(coloured.output(), /\x1b\[2m/);
    coloured.type('q');
    await coloured.status;
  });

  test('is stopped and goes on like any program', async (t) => {
    const pty = await top(t);
    pty.type('\x1a');
    await eventually(() => assert.equal(stateOf(pty.pid), 'T', 'stopped'));
    pty.wake();
    // `script` lets it go on as soon as it does itself: the next frame may be there already.
    await eventually(() => assert(pty.output().includes(GIVEN_BACK)));
    process.kill(pty.pid, 'SIGCONT');
    await eventually(() => assert.match(pty.screen()[0] ?? '', /live$/));
    pty.type('q');
    assert.equal(await pty.status, 0);
  });

  test('prints a line for each point when it is no terminal, and ends with who reads them', async () => {
    const reader = spawn('sh', ['-c', `'${process.execPath}' '${MAIN}' top ${daemon.metricsUrl} | head -n 2`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { out: '', err: '' };
    reader.stdout.setEncoding('utf8').on('data', (text) => (output.out += text));
    reader.stderr.setEncoding('utf8').on('data', (text) => (output.err += text));
    // The shell waits for both ends of the pipe.
    await once(reader, 'close');
    const [first, second, ...more] = output.out.trimEnd().split('\n');
    for (const line of [first, second])
      assert.match(line ?? '', /^20\d\d-\S+Z {2}peers 30\/100 {2}pool 15\.0 % {2}cpu /);
    assert.deepEqual(more, []);
    assert.equal(output.err, '');
  });

  test('is plain in a terminal that can do nothing', async (t) => {
    const pty = await inPty(['top', daemon.metricsUrl], SIZE, { TERM: 'dumb' });
    t.after(() => pty.kill());
    await eventually(() => assert.match(pty.output(), /Z {2}peers 30\/100/));
    assert.doesNotMatch(pty.output(), /\x1b/);
    process.kill(pty.pid, 'SIGTERM');
    assert.equal(await pty.status, 0);
  });

  test('prints one report, and points for programs', async () => {
    const report = await peermeter(['top', '--once', daemon.metricsUrl]).finished;
    assert.equal(report.status, 0);
    assert.equal(report.stdout.split('\n').filter((line) => line.startsWith('12D3Koo')).length, PEERS);
    assert.doesNotMatch(report.stdout, /\x1b/);

    const whole = await peermeter(['top', '--once', '--json', daemon.metricsUrl]).finished;
    const { hello, point, peers } = JSON.parse(whole.stdout) as {
      hello: LiveHello;
      point: LivePoint;
      peers: LivePeers;
    };
    assert.deepEqual([hello.peerId, point.peers, peers.peers.length], [daemon.peerId, PEERS, PEERS]);

    const points = peermeter(['top', '--json', daemon.metricsUrl]);
    await eventually(() => assert(points.stdout().split('\n').length > 2));
    points.child.kill('SIGINT');
    assert.equal((await points.finished).status, 0);
    for (const line of points.stdout().trimEnd().split('\n')) assert.equal(JSON.parse(line).peers, PEERS);
  });
});

test('a daemon that goes is said to be gone, and shown again when it is back', async (t) => {
  const first = await startDaemonProcess();
  const metricsPort = new URL(first.metricsUrl).port;
  const pty = await inPty(['top', `127.0.0.1:${metricsPort}`], SIZE);
  t.after(() => pty.kill());
  await eventually(() => assert.match(pty.screen()[0] ?? '', /live$/));
  await first.stop();
  await eventually(() => assert.match(pty.screen()[0] ?? '', /GONE since \d\d:\d\d:\d\d, [1-9]\d*s$/));
  const second = await startDaemonProcess(['-m', metricsPort]);
  t.after(() => second.stop());
  await eventually(() => assert.match(pty.screen()[0] ?? '', /live$/));
  pty.type('q');
  assert.equal(await pty.status, 0);
});

describe('peermeter top says in one line', () => {
  const said = async (...argv: string[]): Promise<[status: number | null, text: string]> => {
    const { status, stdout, stderr } = await peermeter(['top', ...argv]).finished;
    assert.equal(stdout, '');
    assert.match(stderr, /^peermeter: [^\n]+\n$/);
    return [status, stderr];
  };
  /** A server that gives everybody this. */
  const serving = async (t: TestContext, type: string, body: string): Promise<string> => {
    const server = createServer((_, response) => response.setHeader('content-type', type).end(body)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    t.after(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('that nothing answers', async (t) => {
    const url = await serving(t, 'text/plain', '');
    const port = Number(new URL(url).port);
    // A port nobody has: taken for a moment, and given back.
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const free = (probe.address() as AddressInfo).port;
    await new Promise((closed) => probe.close(closed));
    assert.notEqual(free, port);
    const [status, text] = await said(`http://127.0.0.1:${free}`);
    assert.equal(status, 1);
    assert.match(text, /nothing answers there: start a daemon with `peermeter run`/);
  });

  test('that something else answers', async (t) => {
    for (const [type, body, expected] of [
      ['text/html', '<p>hello', /no live feed of a peermeter: status 200, text\/html/],
      ['text/plain', 'a\x1b[2Jb\nmore', /no live feed of a peermeter: status 200, a\\u001b\[2Jb$/m],
      ['text/event-stream', 'event: hello\ndata: {}\n\n', /is no peermeter/],
      ['text/event-stream', 'event: point\ndata: {"atMs":1}\n\n', /is no peermeter: it does not say who it is/],
      ['text/event-stream', 'event: hello\ndata: nonsense\n\n', /is no peermeter/],
    ] as const) {
      const [status, text] = await said(await serving(t, type, body));
      assert.equal(status, 1);
      assert.match(text, expected);
    }
  });

  test('that the port is for peers', async (t) => {
    const daemon = await startDaemonProcess();
    t.after(() => daemon.stop());
    const port = /\/tcp\/(\d+)/.exec(daemon.address)?.[1];
    const [status, text] = await said(`127.0.0.1:${port}`);
    assert.equal(status, 1);
    assert.match(text, /has ended the connection before it said anything: is that its port for peers\?/);
  });

  test('that a URL is none', async () => {
    for (const url of ['ftp://127.0.0.1', 'http://', 'a b', 'http://name:word@127.0.0.1:1']) {
      const [status, text] = await said(url);
      assert.equal(status, 2);
      assert.match(text, /^peermeter: URL is ".*", but must be /);
    }
  });
});
