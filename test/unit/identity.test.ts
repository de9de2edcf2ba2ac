import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { OperatorError } from '../../src/errors.ts';
import { defaultKeyFile, loadIdentity } from '../../src/node/identity.ts';

const directory = () => mkdtemp(join(tmpdir(), 'peermeter-key-'));

async function refusal(file: string): Promise<OperatorError> {
  try {
    await loadIdentity(file);
  } catch (error) {
    assert(error instanceof OperatorError);
    assert(!error.message.includes('\n'));
    return error;
  }
  throw new Error('it was taken');
}

test('is made with mode 0600 when missing, and the same afterwards', async () => {
  const file = join(await directory(), 'deep', 'peer.key');
  const first = await loadIdentity(file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const second = await loadIdentity(file);
  assert.deepEqual(privateKeyToProtobuf(second), privateKeyToProtobuf(first));
});

test('many at once agree on one key and leave nothing behind', async () => {
  const base = await directory();
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadIdentity(join(base, 'peer.key'))));
  assert.equal(new Set(keys.map((key) => Buffer.from(privateKeyToProtobuf(key)).toString('hex'))).size, 1);
  assert.deepEqual(await readdir(base), ['peer.key']);
});

for (const [what, bytes] of [
  ['an empty file', Buffer.alloc(0)],
  ['a truncated key', undefined],
  ['another kind of file', Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\n')],
  ['a huge file', Buffer.alloc(1_000_000)],
] as const) {
  test(`${what} is refused and stays as it is`, async () => {
    const base = await directory();
    const file = join(base, 'peer.key');
    if (bytes === undefined) {
      await loadIdentity(file);
      await writeFile(file, (await readFile(file)).subarray(0, 20));
    } else {
      await writeFile(file, bytes, { mode: 0o600 });
    }
    const before = await readFile(file);
    const error = await refusal(file);
    assert.equal(error.exitStatus, 78);
    assert.match(error.message, /damaged or not a libp2p private key/);
    assert.deepEqual(await readFile(file), before);
  });
}

test('a key others can read is refused, with the command that mends it', async () => {
  const file = join(await directory(), 'peer.key');
  await loadIdentity(file);
  await chmod(file, 0o644);
  assert.match((await refusal(file)).message, /chmod 600/);
});

test('a directory in its place is refused', async () => {
  const file = join(await directory(), 'peer.key');
  await mkdir(file);
  assert.match((await refusal(file)).message, /is not a file/);
});

test('a place that cannot be written is refused', async () => {
  assert.match((await refusal('/proc/nowhere/peer.key')).message, /cannot be written|cannot be read/);
});

test('the default is one file a port, and none for a free port', () => {
  assert.equal(defaultKeyFile(8001, { STATE_DIRECTORY: '/s' }), '/s/peer-8001.key');
  assert.equal(defaultKeyFile(8002, { XDG_STATE_HOME: '/x' }), '/x/peermeter/peer-8002.key');
  assert.equal(defaultKeyFile(0, {}), undefined);
});
