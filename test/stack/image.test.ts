import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { claimPorts } from '../../stack/ports.ts';
import { eventually } from '../support/eventually.ts';
import { type BuiltImage, buildWithoutEngine } from '../support/image.ts';

/** Where the image keeps what lasts. */
const STATE = '/var/lib/peermeter';
const NOBODY = 65_534;

type Process = ChildProcessByStdio<null, Readable, Readable>;

describe('the container image, made and run without an engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peermeter-image-'));
  // Others than its owner run what is in it.
  chmodSync(folder, 0o755);
  let image: BuiltImage;
  let ports: Record<'peers' | 'metrics', number>;

  before(
    async () => {
      image = await buildWithoutEngine(folder, [STATE]);
      if (process.getuid?.() === 0) chownSync(join(image.root, STATE), NOBODY, NOBODY);
      ports = await claimPorts({ peers: { what: 'peers' }, metrics: { what: 'metrics' } });
    },
    { timeout: 240_000 },
  );
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** As the image has it: by a user who may write to the state alone, with no more of an environment than the image's. */
  const start = (command: readonly string[]): Process => {
    const inImage = (word: string) => (word.startsWith(STATE) ? join(image.root, word) : word);
    const [program, ...args] = command.map(inImage);
    assert.equal(program, 'node');
    const unprivileged = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--no-new-privs'];
    const wrapped = [process.execPath, ...args];
    const [first = '', ...rest] = process.getuid?.() === 0 ? ['setpriv', ...unprivileged, ...wrapped] : wrapped;
    const env = Object.fromEntries(Object.entries(image.env).map(([name, value]) => [name, inImage(value)]));
    return spawn(first, rest, {
      cwd: join(image.root, image.workdir),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...env,
        PATH: process.env.PATH,
        PEERMETER_PORT: String(ports.peers),
        PEERMETER_METRICS_PORT: String(ports.metrics),
        OTEL_METRICS_EXPORTER: 'prometheus',
      },
    });
  };
  const statusOf = async (child: Process): Promise<number | null> => {
    const [output] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    return child.exitCode ?? assert.fail(`ended by ${child.signalCode}: ${output}`);
  };

  test('has what it runs, and neither what builds it nor a second Node.js', () => {
    const app = join(image.root, image.workdir);
    assert.deepEqual(readdirSync(app).sort(), ['LICENSE', 'dist', 'docker', 'node_modules', 'package.json']);
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
    const installed = globSync('{*,@*/*}', { cwd: join(app, 'node_modules') });
    for (const name of Object.keys(dependencies)) assert.ok(installed.includes(name), name);
    for (const name of Object.keys(devDependencies)) {
      // Some of what tests use is what the program's own dependencies stand on.
      if (!['@libp2p/utils', '@opentelemetry/semantic-conventions'].includes(name)) {
        assert.ok(!installed.includes(name), name);
      }
    }
    assert.deepEqual(
      installed.filter((name) => /^node-|peermeter/.test(name)),
      [],
    );
    assert.equal(image.user, '1000:1000');
  });

  test('listens, is healthy, takes the peers of the demo, and ends on SIGTERM', async () => {
    // With what is not in the bundle, so that node_modules is looked into.
    const server = start([...image.entrypoint, ...image.command, '--host-metrics']);
    const ended = statusOf(server);
    try {
      const base = `http://127.0.0.1:${ports.metrics}`;
      await eventually(async () => {
        assert.equal(server.exitCode, null, 'it ended early');
        assert.equal((await fetch(`${base}/readyz`)).status, 200);
      });
      assert.equal(await statusOf(start(image.healthcheck)), 0);
      assert.match(await (await fetch(`${base}/metrics`)).text(), /^system_memory_usage/m);

      const key = `peer-${ports.peers}.key`;
      assert.deepEqual(readdirSync(join(image.root, STATE)), [key]);
      assert.equal(statSync(join(image.root, STATE, key)).mode & 0o777, 0o600);

      const compose = parse(readFileSync(join(import.meta.dirname, '..', '..', 'docker-compose.yml'), 'utf8'));
      const [node, script, keyOfServer, address]: string[] = compose.services.swarm.entrypoint;
      assert.deepEqual([keyOfServer, address], [`${STATE}/peer-8001.key`, '/dns4/server/tcp/8001']);
      const swarm = [`${STATE}/${key}`, `/dns4/localhost/tcp/${ports.peers}`, ...compose.services.swarm.command];
      const child = start([node ?? '', script ?? '', ...swarm]);
      const report = text(child.stdout);
      await eventually(async () => {
        assert.equal(child.exitCode, null, 'the swarm ended early');
        assert.match(await (await fetch(`${base}/metrics`)).text(), /^libp2p_concurrent_peers 50$/m);
      });
      child.kill('SIGTERM');
      assert.equal(await statusOf(child), 0);
      assert.match(await report, /50 of 50 connected/);
    } finally {
      server.kill('SIGTERM');
    }
    const late = setTimeout(() => server.kill('SIGKILL'), 5_000);
    assert.equal(await ended, 0);
    clearTimeout(late);
    assert.equal(await statusOf(start(image.healthcheck)), 1, 'and is not healthy any more');
  });
});
