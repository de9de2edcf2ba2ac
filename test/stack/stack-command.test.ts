import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensurePrometheus } from '../../stack/build.ts';
import { StackError } from '../../stack/errors.ts';
import { promtool } from '../../stack/prometheus.ts';

const MAIN = fileURLToPath(new URL('../../stack/main.ts', import.meta.url));
const FREE_PORTS = ['otlp', 'exporter', 'health', 'self', 'prometheus'].flatMap((name) => [`--${name}-port`, '0']);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'peermeter-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('npm run stack', () => {
  test('says what is where, answers there, and ends cleanly when asked', async () => {
    const stack = await startStack('asked');
    assert.match(stack.said, /npx peermeter demo/);
    assert.equal((await fetch(`${stack.prometheusUrl}/-/ready`)).status, 200);
    const check = ['check', 'ready', `--url=${stack.prometheusUrl}`];
    assert.equal((await promtool(check)).status, 0, 'the health check of docker-compose.yml');
    stack.process.kill('SIGTERM');
    assert.equal(await stack.status, 0);
    await assertGone(stack.pids);
    assert.ok((await readdir(stack.dataDir)).includes('wal'), 'the data is kept');
  });

  for (const [name, index] of [
    ['the OpenTelemetry Collector', 0],
    ['Prometheus', 1],
  ] as const) {
    test(`ends with status 1 when ${name} dies`, async () => {
      const stack = await startStack(`died-${index}`);
      process.kill(stack.pids[index], 'SIGKILL');
      assert.equal(await stack.status, 1);
      assert.match(await stack.complaint, new RegExp(`^stack: ${name} was ended by SIGKILL; ending `));
      await assertGone(stack.pids);
    });
  }

  test('is not outlived by its programs when it is killed', async () => {
    const stack = await startStack('killed');
    stack.process.kill('SIGKILL');
    await stack.status;
    await assertGone(stack.pids);
  });

  test('names the port that is taken, and the flag that moves it', async (t) => {
    const squatter = createServer();
    t.after(() => squatter.close());
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    const stack = run([...FREE_PORTS, '--prometheus-port', String(port)]);
    assert.equal(await stack.status, 1);
    const said = `stack: port ${port} (Prometheus) is taken on 127.0.0.1: stop the program that listens there, or choose another port with --prometheus-port\n`;
    assert.equal(await stack.complaint, said);
  });

  test('refuses what it does not understand, and helps', async () => {
    const wrong = run(['--prometheus-port', 'many']);
    assert.equal(await wrong.status, 2);
    assert.match(await wrong.complaint, /^stack: --prometheus-port takes a number from 0 to 65535, not "many"/);
    assert.equal(await run(['--no-such-flag']).status, 2);
    const help = run(['--help']);
    assert.match(await text(help.process.stdout), /--data DIR/);
    assert.equal(await help.status, 0);
  });
});

test('a build that two want at once is made once, and found from then on', async () => {
  const go = await fakeGo(
    'working',
    `test "$1" = env && { echo go1.99.0; exit; }
     echo build >> '${folder}/builds'
     sleep 0.5
     version=$(echo "$*" | sed 's/.*Version=\\([0-9.]*\\).*/\\1/')
     while test "$1" != -o; do shift; done
     for name in prometheus promtool; do
       printf '#!/bin/sh\\necho %s, version %s\\n' $name $version > "$2/$name"
       chmod +x "$2/$name"
     done`,
  );
  const env = { PATH: [go, process.env.PATH].join(delimiter), PEERMETER_CACHE: join(folder, 'cache-working') };
  const [first, second] = await Promise.all([buildWith(env), buildWith(env)]);
  assert.deepEqual(first, second);
  assert.deepEqual(await buildWith(env), first);
  assert.equal(await readFile(join(folder, 'builds'), 'utf8'), 'build\n');
  assert.deepEqual(await readdir(env.PEERMETER_CACHE), [basename(dirname(first.prometheus))]);
});

describe('a build that cannot be', () => {
  test('says that Go is missing', async () => {
    await assert.rejects(buildWith({ PATH: folder }), isStackError('go-missing', /no `go` on PATH; install Go 1\.\d+/));
  });

  test('says that Go is too old', async () => {
    const old = await fakeGo('old', 'echo go1.22.4');
    await assert.rejects(buildWith({ PATH: old }), isStackError('go-too-old', /Go 1\.\S+ or newer .*found go1\.22\.4/));
    const held = await fakeGo('held', 'echo "go: go.mod requires go >= 1.99 (running go 1.26)" >&2; exit 1');
    await assert.rejects(buildWith({ PATH: held }), isStackError('go-too-old', /requires go >= 1\.99/));
  });

  test('names the log with all that Go said, and leaves nothing half built', async () => {
    const failing = await fakeGo(
      'failing',
      'test "$1" = env && { echo go1.99.0; exit; }; echo one >&2; echo two >&2; exit 1',
    );
    const cache = join(folder, 'cache-failing');
    const error = await buildWith({ PATH: failing, PEERMETER_CACHE: cache }).catch((thrown: unknown) => thrown);
    assert.ok(isStackError('build-failed', /^cannot build Prometheus: two \(all of the output: .*\.log\)$/)(error));
    const [log, ...others] = await readdir(cache);
    assert.deepEqual(others, []);
    assert.equal(await readFile(join(cache, log as string), 'utf8'), 'one\ntwo\n');
  });

  test('does not take a program of another version', async () => {
    const out = 'while test "$1" != -o; do shift; done; printf "#!/bin/sh\\necho prometheus, version 9.9.9\\n"';
    const script = `test "$1" = env && { echo go1.99.0; exit; }; ${out} > "$2/prometheus"; chmod +x "$2/prometheus"`;
    const wrong = await fakeGo('wrong-version', script);
    const cache = join(folder, 'cache-wrong-version');
    const PATH = [wrong, process.env.PATH].join(delimiter);
    await assert.rejects(
      buildWith({ PATH, PEERMETER_CACHE: cache }),
      isStackError('build-failed', /9\.9\.9", not 3\./),
    );
    assert.equal((await readdir(cache)).filter((name) => !name.endsWith('.log')).length, 0);
  });
});

async function buildWith(env: Record<string, string>) {
  return ensurePrometheus({ env: { PEERMETER_CACHE: join(folder, 'cache'), ...env }, log: () => undefined });
}

/** A folder for PATH with a `go` that does what the shell script says. */
async function fakeGo(name: string, script: string): Promise<string> {
  const bin = join(folder, name);
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'go'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'go'), 0o755);
  return bin;
}

function run(args: readonly string[]) {
  // Killed, it leaves its temporary folder behind: here, where it is removed after the tests.
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  return { process: child, status: statusOf(child), complaint: text(child.stderr) };
}

function statusOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

interface RunningStack extends ReturnType<typeof run> {
  readonly said: string;
  readonly prometheusUrl: string;
  /** Of the Collector and of Prometheus. */
  readonly pids: readonly [number, number];
  readonly dataDir: string;
}

async function startStack(name: string): Promise<RunningStack> {
  const dataDir = join(folder, `data-${name}`);
  const stack = run([...FREE_PORTS, '--data', dataDir]);
  let said = '';
  for await (const chunk of stack.process.stdout.setEncoding('utf8')) {
    said += chunk;
    if (said.includes('Ctrl-C')) break;
  }
  const [, collector, prometheus] = /Collector (\d+), Prometheus (\d+)/.exec(said) ?? [];
  const prometheusUrl = /Prometheus API +(\S+)/.exec(said)?.[1];
  assert.ok(prometheusUrl, `${said}${stack.process.exitCode === null ? '' : await stack.complaint}`);
  return { ...stack, said, prometheusUrl, pids: [Number(collector), Number(prometheus)], dataDir };
}

async function assertGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (pids.some(isRunning) && Date.now() < deadline) await delay(50);
  assert.deepEqual(pids.filter(isRunning), []);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isStackError(kind: StackError['kind'], message: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof StackError, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    return true;
  };
}
