/**
 * After the compiler: copies what it does not, makes the commands executable, and in a clone links them where npx looks
 * for them.
 */
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
const binDirectory = join(root, 'node_modules', '.bin');

cpSync(join(root, 'src', 'swarm', 'scenarios'), join(root, 'dist', 'swarm', 'scenarios'), { recursive: true });

for (const [name, script] of Object.entries(bin)) {
  const target = join(root, script);
  chmodSync(target, 0o755);
  if (process.platform === 'win32' || !existsSync(binDirectory)) continue;
  const link = join(binDirectory, name);
  rmSync(link, { force: true });
  symlinkSync(relative(binDirectory, target), link);
}
