import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeConfig } from '../support/config.ts';
import { peermeter } from '../support/daemon.ts';

const check = (argv: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  peermeter(['check', ...argv], { OTEL_METRICS_EXPORTER: '', ...env }).finished;

describe('peermeter check', () => {
  test('prints what counts and who said it, as a file and as JSON', async () => {
    const file = writeConfig('max-peers: 7\nexporters:\n  prometheus: {}\n');
    const argv = ['-c', file, '-p', '1'];
    const env = { PEERMETER_MAX_CONNECTIONS: '9' };
    const text = await check(argv, env);
    assert.equal(text.status, 0, text.stderr);
    assert.equal(text.stderr, '');
    assert.match(text.stdout, /^port: 1 +# flag --port$/m);
    assert.match(text.stdout, /^max-connections: 9 +# environment PEERMETER_MAX_CONNECTIONS$/m);
    assert.match(text.stdout, new RegExp(`^max-peers: 7 +# ${file}:1$`, 'm'));
    assert.match(text.stdout, /^host: 127\.0\.0\.1 +# default$/m);
    assert.match(text.stdout, /^exporters:\n {2}prometheus:\n {4}type: prometheus /m);
    assert.doesNotMatch(text.stdout, /otlp/);

    const { file: read, settings, warnings } = JSON.parse((await check([...argv, '--json'], env)).stdout);
    assert.equal(read, file);
    assert.deepEqual(warnings, []);
    const of = (key: string) => settings.find((setting: { key: string }) => setting.key === key);
    assert.deepEqual(of('port'), { key: 'port', value: 1, from: { kind: 'flag', name: '--port' } });
    assert.deepEqual(of('max-peers').from, { kind: 'file', file, line: 1, column: 12, key: 'max-peers' });
    // A second look at the same comes to the same.
    assert.equal((await check(argv, env)).stdout, text.stdout);
  });

  test('starts nothing: a port in use, a key that is not there do not matter', async () => {
    assert.equal((await check(['--key', '/nowhere/peer.key', '-p', '1', '-m', '1'])).status, 0);
  });

  test('says what counts for nothing, and goes on', async () => {
    const { status, stderr } = await check([], { OTEL_METRIC_EXPORT_INTERVAL: 'soon' });
    assert.equal(status, 0);
    assert.match(stderr, /^warning: OTEL_METRIC_EXPORT_INTERVAL is "soon".*left out\n$/);
  });

  test('of a bad configuration: a line for each problem, nothing on standard output, status 78', async () => {
    const file = writeConfig('port: x\nmax-pears: 1\n');
    const { status, stdout, stderr } = await check(['-c', file], { PEERMETER_HOST: 'nowhere' });
    assert.equal(status, 78);
    assert.equal(stdout, '');
    const lines = stderr.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) assert.match(line, /^peermeter: /);
    for (const key of ['PEERMETER_HOST', `${file}:1:7: port`, `${file}:2:1: "max-pears"`])
      assert(stderr.includes(key), stderr);
    // `run` says the same.
    const running = await peermeter(['run', '-c', file], { PEERMETER_HOST: 'nowhere' }).finished;
    assert.deepEqual([running.status, running.stderr], [78, stderr]);
  });

  test('of a flag that is wrong: status 2', async () => {
    assert.equal((await check(['-p', 'x'])).status, 2);
    assert.match((await check(['--config='])).stderr, /^peermeter: --config is "", but must be a file\n$/);
    const { status, stderr } = await check(['--exporters', 'otpl']);
    assert.equal(status, 2);
    assert.match(stderr, /--exporters has "otpl", which is no exporter: did you mean otlp\?/);
  });
});
