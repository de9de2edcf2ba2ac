import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDir } from '../stack/cache.ts';
import { StackError } from '../stack/errors.ts';
import { doOnce } from '../stack/lock.ts';

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL('./go', import.meta.url));

/** The Go programs of the bench, and what they were built with. */
export interface GoPrograms {
  readonly client: string;
  readonly server: string;
  readonly goVersion: string;
  readonly goLibp2pVersion: string;
}

/**
 * The paths of the Go client and the Go server; builds them, about a minute the first time, when their sources, go.mod,
 * go.sum or Go itself are not the cached ones'.
 *
 * @throws StackError `go-missing` or `build-failed`
 */
export async function ensureGoPrograms(log: (line: string) => void): Promise<GoPrograms> {
  const goVersion = await installedGo();
  const module = await readFile(join(SOURCE, 'go.mod'), 'utf8');
  const folder = join(cacheDir(), `bench-${await keyOf(goVersion)}`);
  const isDone = () => existsSync(folder);
  await mkdir(cacheDir(), { recursive: true });
  if (!isDone()) await doOnce({ lock: `${folder}.lock`, isDone, work: () => build(folder, log) });
  return {
    client: join(folder, 'client'),
    server: join(folder, 'server'),
    goVersion,
    goLibp2pVersion: /go-libp2p (v\S+)/.exec(module)?.[1] ?? 'unknown',
  };
}

async function installedGo(): Promise<string> {
  try {
    return (await run('go', ['env', 'GOVERSION'], { cwd: SOURCE })).stdout.trim();
  } catch (cause) {
    throw new StackError('go-missing', 'cannot build the bench client: `go` 1.26 or newer is needed (go.dev/dl)', {
      cause,
    });
  }
}

async function keyOf(goVersion: string): Promise<string> {
  const hash = createHash('sha256').update(`${goVersion}\0${process.platform}\0${process.arch}\0`);
  const files: string[] = [];
  for await (const file of glob('**/*.{go,mod,sum}', { cwd: SOURCE })) files.push(file);
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(join(SOURCE, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Builds beside the final folder and moves it there whole: whoever finds the folder finds a finished build. */
async function build(folder: string, log: (line: string) => void): Promise<void> {
  log('building the Go client and server of the bench, about a minute the first time');
  const temporary = await mkdtemp(join(cacheDir(), '.building-'));
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' };
  try {
    await run('go', ['build', ...flags, '-o', `${temporary}/`, './client', './server'], { cwd: SOURCE, env });
    await rename(temporary, folder);
  } catch (cause) {
    throw new StackError('build-failed', `cannot build the bench client: ${String(cause)}`, { cause });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
