import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, run, versionOf } from './cached.ts';

const SOURCE = fileURLToPath(new URL('../rust', import.meta.url));

/** The rust-libp2p server, and what it was built with. */
export interface RustPrograms {
  readonly server: string;
  readonly versions: readonly string[];
}

/**
 * The rust-libp2p server; a build takes one to two minutes.
 *
 * @throws StackError `tool-missing` or `build-failed`
 */
export async function ensureRustPrograms(log: (line: string) => void): Promise<RustPrograms> {
  const version = await versionOf(
    'cargo',
    ['--version'],
    '`cargo` 1.88 or newer (rustup.rs), or leave rust-libp2p out',
  );
  const folder = await ensureBuilt(
    {
      name: 'rust',
      source: SOURCE,
      files: '{Cargo.toml,Cargo.lock,src/**/*.rs}',
      version,
      notice: 'building the Rust server of the bench, one to two minutes the first time',
      make: build,
    },
    log,
  );
  const lock = await readFile(join(SOURCE, 'Cargo.lock'), 'utf8');
  const libp2p = /name = "libp2p"\nversion = "(\S+)"/.exec(lock)?.[1] ?? 'unknown';
  return {
    server: join(folder, 'bench-server'),
    versions: [`Rust ${version.split(' ')[1]}`, `rust-libp2p ${libp2p}`],
  };
}

async function build(folder: string): Promise<void> {
  const target = join(folder, 'target');
  await run('cargo', ['build', '--release', '--locked', '--target-dir', target], { cwd: SOURCE, maxBuffer: 2 ** 26 });
  await copyFile(join(target, 'release', 'bench-server'), join(folder, 'bench-server'));
  await rm(target, { recursive: true });
}
