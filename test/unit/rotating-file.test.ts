import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RotatingFile } from '../../src/telemetry/exporters/rotating-file.ts';
import { newFolder } from '../support/config.ts';

const line = (text: string): Buffer => Buffer.from(`${text}\n`);

async function writing(init: { maxBytes?: number; maxFiles?: number } = {}) {
  const folder = newFolder();
  const path = join(folder, 'out');
  const file = new RotatingFile({ path, maxBytes: 10, maxFiles: 3, ...init });
  await file.open();
  const files = () =>
    Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  return { path, file, files };
}

describe('RotatingFile', () => {
  test('puts a full file aside, keeps so many, and never splits a piece', async (t) => {
    const { file, files } = await writing();
    t.after(() => file.close());
    for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee', 'ffff', 'gggg']) await file.append(line(text));
    assert.deepEqual(files(), { out: 'gggg\n', 'out.1': 'eeee\nffff\n', 'out.2': 'cccc\ndddd\n' });
  });

  test('writes a piece that is larger than a file into one of its own', async (t) => {
    const { file, files } = await writing();
    t.after(() => file.close());
    for (const text of ['a', 'b'.repeat(30), 'c']) await file.append(line(text));
    assert.deepEqual(files(), { out: 'c\n', 'out.1': `${'b'.repeat(30)}\n`, 'out.2': 'a\n' });
  });

  test('keeps none but the present one when it is told so', async (t) => {
    const { file, files } = await writing({ maxFiles: 1 });
    t.after(() => file.close());
    for (const text of ['aaaa', 'bbbb', 'cccc']) await file.append(line(text));
    assert.deepEqual(files(), { out: 'cccc\n' });
  });

  test('goes on where it was after a restart, and counts what is there', async (t) => {
    const { file, files, path } = await writing();
    await file.append(line('aaaa'));
    await file.close();
    const again = new RotatingFile({ path, maxBytes: 10, maxFiles: 3 });
    t.after(() => again.close());
    await again.open();
    for (const text of ['bbbb', 'cccc']) await again.append(line(text));
    assert.deepEqual(files(), { out: 'cccc\n', 'out.1': 'aaaa\nbbbb\n' });
  });

  test('begins another when somebody has taken it away', async (t) => {
    const { file, files, path } = await writing();
    t.after(() => file.close());
    await file.append(line('aaaa'));
    renameSync(path, `${path}.taken`);
    await file.append(line('bbbb'));
    assert.deepEqual(files(), { out: 'bbbb\n', 'out.taken': 'aaaa\n' });
  });

  test('is for its owner, and for its group to read', async (t) => {
    const { file, path } = await writing();
    t.after(() => file.close());
    assert.equal(statSync(path).mode & 0o137, 0);
  });

  test('is no folder, and lies in none that is missing', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'a'));
    const at = (name: string) => new RotatingFile({ path: join(folder, name), maxBytes: 10, maxFiles: 1 }).open();
    await assert.rejects(at('a'), /EISDIR|not a file/);
    await assert.rejects(at('b/c'), /ENOENT/);
    await assert.rejects(new RotatingFile({ path: '/dev/null', maxBytes: 10, maxFiles: 1 }).open(), /it is not a file/);
  });

  test('leaves no half of a piece behind when there is no room for the whole', () => {
    const path = join(newFolder(), 'out');
    const module = join(import.meta.dirname, '..', '..', 'src', 'telemetry', 'exporters', 'rotating-file.ts');
    const script = `
      import { RotatingFile } from ${JSON.stringify(module)};
      const file = new RotatingFile({ path: ${JSON.stringify(path)}, maxBytes: 1e6, maxFiles: 2 });
      await file.open();
      await file.append(Buffer.from('first\\n'));
      const failed = await file.append(Buffer.alloc(5000, 'x')).then(() => 'taken', (error) => error.code);
      await file.append(Buffer.from('last\\n'));
      process.stdout.write(failed);`;
    // A file of this process may have 2 KiB, as if the disk were full then.
    const limited = `trap '' XFSZ; ulimit -f 2; exec "$0" --input-type=module -e "$1"`;
    const said = execFileSync('bash', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
    assert.equal(said, 'EFBIG');
    assert.equal(readFileSync(path, 'utf8'), 'first\nlast\n');
  });
});
