import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { peermeter } from '../support/daemon.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('the built program needs none of its dependencies beside it, worker threads and child processes included', async (t) => {
  const alone = await mkdtemp(join(tmpdir(), 'peermeter-alone-'));
  t.after(() => rm(alone, { recursive: true }));
  await cp(join(ROOT, 'dist'), join(alone, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(alone, 'package.json'));
  const main = join(alone, 'dist', 'main.js');
  // A demo is a daemon in a process of its own and a swarm in worker threads; here it pushes too, to nobody.
  const env = { OTEL_METRICS_EXPORTER: 'otlp,prometheus', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const demo = await peermeter(['demo', '-n', '3', '--duration', '1s'], env, main).finished;
  assert.equal(demo.status, 0, demo.stderr);
  assert.match(demo.stdout, /3 of 3 connected/);
  assert.match(demo.stdout, /libp2p_ping_rtt_seconds_count [1-9]/);
});

test('the licences of what was put into it go with it', async () => {
  const licenses = await readFile(join(ROOT, 'dist', 'LICENSES-OF-DEPENDENCIES.txt'), 'utf8');
  for (const name of ['libp2p', '@libp2p/noise', '@opentelemetry/sdk-metrics', 'commander', 'uplot']) {
    assert.match(
      licenses,
      new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([^)]+\\)\\n\\n.*(licen[cs]e|copyright)`, 'ims'),
      name,
    );
  }
});
