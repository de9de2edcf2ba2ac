import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, run, versionOf } from './cached.ts';

const SOURCE = fileURLToPath(new URL('../py', import.meta.url));

/** The Python that has py-libp2p, the server it is to run, and their versions. */
export interface PythonPrograms {
  readonly python: string;
  readonly server: string;
  readonly versions: readonly string[];
}

/**
 * A Python environment with py-libp2p as `py/requirements.lock` pins it; takes about a minute.
 *
 * @throws StackError `tool-missing` or `build-failed`
 */
export async function ensurePythonPrograms(log: (line: string) => void): Promise<PythonPrograms> {
  const version = await versionOf('python3', ['--version'], '`python3` 3.10 to 3.13, or leave py-libp2p out');
  const folder = await ensureBuilt(
    {
      name: 'py',
      source: SOURCE,
      files: 'requirements.lock',
      version,
      notice: 'installing py-libp2p for the bench, about a minute the first time',
      inPlace: true,
      make: build,
    },
    log,
  );
  const lock = await readFile(join(SOURCE, 'requirements.lock'), 'utf8');
  const libp2p = /^libp2p==(\S+)/m.exec(lock)?.[1] ?? 'unknown';
  return {
    python: join(folder, 'bin', 'python'),
    server: join(SOURCE, 'server.py'),
    versions: [version, `py-libp2p ${libp2p}`],
  };
}

async function build(folder: string): Promise<void> {
  await run('python3', ['-m', 'venv', folder]);
  const pinned = ['--require-hashes', '--no-deps', '-r', join(SOURCE, 'requirements.lock')];
  const quietly = ['--quiet', '--disable-pip-version-check'];
  await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...quietly, ...pinned], { maxBuffer: 2 ** 26 });
}
