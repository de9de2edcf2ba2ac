import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, run, versionOf } from './cached.ts';

const SOURCE = fileURLToPath(new URL('../go', import.meta.url));

/** The Go programs of the bench, and what they were built with. */
export interface GoPrograms {
  readonly client: string;
  readonly server: string;
  readonly versions: readonly string[];
}

/**
 * The Go client and the Go server; a build takes about a minute.
 *
 * @throws StackError `tool-missing` or `build-failed`
 */
export async function ensureGoPrograms(log: (line: string) => void): Promise<GoPrograms> {
  const version = await versionOf('go', ['-C', SOURCE, 'env', 'GOVERSION'], '`go` 1.26 or newer (go.dev/dl)');
  const folder = await ensureBuilt(
    {
      name: 'go',
      source: SOURCE,
      files: '**/*.{go,mod,sum}',
      version,
      notice: 'building the Go client and server of the bench, about a minute the first time',
      make: build,
    },
    log,
  );
  const module = await readFile(join(SOURCE, 'go.mod'), 'utf8');
  const goLibp2p = /go-libp2p v(\S+)/.exec(module)?.[1] ?? 'unknown';
  return {
    client: join(folder, 'client'),
    server: join(folder, 'server'),
    versions: [`Go ${version.replace(/^go/, '')}`, `go-libp2p ${goLibp2p}`],
  };
}

async function build(folder: string): Promise<void> {
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
  await run('go', ['build', ...flags, '-o', `${folder}/`, './client', './server'], { cwd: SOURCE, env });
}
