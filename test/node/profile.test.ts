import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PROFILE_HEADER, PROFILE_PATH } from '../../src/http/profile-route.ts';
import type { HeapProfile } from '../../src/profile/heap-profile.ts';
import { allocationSites, parseProfile } from '../../src/profile/sites.ts';
import { peermeter, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'peermeter-profile-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const read = async (file: string): Promise<HeapProfile> =>
  parseProfile(await readFile(file, 'utf8')) ?? assert.fail('not a heap profile');

test('a profile of a busy daemon: a file that adds up to what is printed, with the names of sources', async (t) => {
  const server = await startDaemonProcess();
  t.after(() => server.stop());
  const swarm = peermeter(['swarm', '-n', '20', '-d', server.address, '--ping-interval', '20ms', '--duration', '60s']);
  t.after(async () => {
    swarm.child.kill('SIGTERM');
    await swarm.finished;
  });
  await eventually(async () => assert.equal((await server.scrape()).value('libp2p_concurrent_peers'), 20));

  const file = join(await folder(t), 'a.heapprofile');
  const { status, stdout, stderr } = await peermeter([
    'profile',
    'heap',
    server.metricsUrl,
    '--seconds',
    '2',
    '-o',
    file,
  ]).finished;
  assert.equal(status, 0, stderr);
  const profile = await read(file);
  assert(profile.samples.length > 10);
  const sites = allocationSites(profile);
  const total = sites.reduce((sum, { selfBytes }) => sum + selfBytes, 0);
  assert.match(stdout, new RegExp(`^ *${total} +100\\.0 % +all$`, 'm'));
  const [top] = sites;
  assert.match(stdout, new RegExp(`^ *${top?.selfBytes} `, 'm'));
  const urls = sites.map(({ frame }) => frame.url);
  assert(
    urls.some((url) => /\/src\/.*\.ts$/.test(url)),
    'sources of ours',
  );
  assert(!urls.some((url) => /\/dist\/chunk-/.test(url)), 'nothing is left in the bundle');

  // The file is not touched again, unless that is asked for.
  const before = (await stat(file)).mtimeMs;
  const again = await peermeter(['profile', 'heap', server.metricsUrl, '--seconds', '1', '-o', file]).finished;
  assert.equal(again.status, 78);
  assert.match(again.stderr, /is there already.*--force/);
  assert.equal((await stat(file)).mtimeMs, before);
  const forced = await peermeter([
    'profile',
    'heap',
    server.metricsUrl,
    '--seconds',
    '1',
    '--living',
    '--force',
    '-o',
    file,
  ]).finished;
  assert.equal(forced.status, 0, forced.stderr);
  await read(file);
});

test('two at once: the second is refused; it ends with whoever asked, and with the daemon', async (t) => {
  const server = await startDaemonProcess();
  t.after(() => server.stop());
  const at = join(await folder(t), 'a.heapprofile');
  const long = peermeter(['profile', 'heap', server.metricsUrl, '--seconds', '300', '-o', at]);
  // There is no such process: this is never taken, but is told apart from one that comes too early.
  const probe = new URL(`${PROFILE_PATH}?process=9`, server.metricsUrl);
  const status = async (): Promise<number> => (await fetch(probe, { headers: { [PROFILE_HEADER]: 'heap' } })).status;
  await eventually(async () => assert.equal(await status(), 409));
  long.child.kill('SIGKILL');
  await long.finished;
  await eventually(async () => assert.equal(await status(), 503));
  const last = peermeter(['profile', 'heap', server.metricsUrl, '--seconds', '300', '-o', at]);
  await eventually(async () => assert.equal(await status(), 409));
  const [ended, told] = await Promise.all([server.stop(), last.finished]);
  assert.equal(ended.status, 0);
  assert.equal(told.status, 1);
  assert.match(told.stderr, /hung up|no profile/);
  await assert.rejects(stat(at), 'nothing was written');
});

test('of several processes the one that is named', async (t) => {
  const server = await startDaemonProcess(['--processes', '2']);
  t.after(() => server.stop());
  const path = await folder(t);
  const take = async (which: string) => {
    const file = join(path, `${which}.heapprofile`);
    const argv = ['profile', 'heap', server.metricsUrl, '--seconds', '1', '--process', which, '-o', file];
    return { file, ...(await peermeter(argv).finished) };
  };
  for (const which of ['0', '1', 'primary']) {
    const { file, status, stderr } = await take(which);
    assert.equal(status, 0, stderr);
    await read(file);
  }
  const { status, stderr } = await take('7');
  assert.equal(status, 1);
  assert.match(stderr, /there is no process 7: primary, or 0 to 1/);
});

test('what cannot be is said in one line', async (t) => {
  const off = await startDaemonProcess(['--profiling', 'off']);
  t.after(() => off.stop());
  const path = await folder(t);
  const taken = join(path, 'x');
  await writeFile(join(path, 'plain'), '');
  const cases: readonly [readonly string[], number, RegExp][] = [
    [[off.metricsUrl, '-o', taken], 1, /answers 403: profiling is switched off here/],
    [['http://127.0.0.1:1', '-o', taken], 1, /connection refused/],
    [
      [off.metricsUrl, '--seconds', '301', '-o', taken],
      2,
      /--seconds is "301", but must be a whole number from 1 to 300/,
    ],
    [['ftp://x', '-o', taken], 2, /must be an http/],
    [[off.metricsUrl, '-o', join(path, 'plain', 'x')], 78, /cannot be written/],
  ];
  for (const [argv, expected, said] of cases) {
    const { status, stderr } = await peermeter(['profile', 'heap', ...argv]).finished;
    const last = stderr.trim().split('\n').at(-1) ?? '';
    assert.deepEqual([status, said.test(last)], [expected, true], `${argv.join(' ')}: ${status} ${stderr}`);
  }
});
