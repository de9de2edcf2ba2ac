import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from '../../stack/cache.ts';
import { StackError } from '../../stack/errors.ts';
import { doOnce } from '../../stack/lock.ts';

/** Runs a program to its end; rejects when it ends with another status than 0. */
export const run = promisify(execFile);

/** Something that is built once and kept until what it is made from changes. */
export interface Build {
  /** What it is called: the start of the folder's name, and its name in messages. */
  readonly name: string;
  /** The folder of the sources. */
  readonly source: string;
  /** Which of its files decide whether the cached build is still the right one: a glob. */
  readonly files: string;
  /** What else it depends on: the version of the compiler. */
  readonly version: string;
  /** What is told to whoever waits. */
  readonly notice: string;
  /** Puts the finished build into `folder`, which exists and is empty. */
  readonly make: (folder: string) => Promise<void>;
  /** The build cannot be moved once it is made, as a Python environment can't. @default false */
  readonly inPlace?: boolean;
}

/**
 * The folder of the finished build; makes it when its sources, or what it was built with, are not the cached ones'.
 *
 * @throws StackError `build-failed`
 */
export async function ensureBuilt(what: Build, log: (line: string) => void): Promise<string> {
  const folder = join(cacheDir(), `bench-${what.name}-${await keyOf(what)}`);
  const isDone = () => existsSync(join(folder, 'done'));
  await mkdir(cacheDir(), { recursive: true });
  const work = async () => {
    log(what.notice);
    await build(what, folder).catch((cause: unknown) => {
      throw new StackError('build-failed', `cannot build ${what.name} for the bench: ${wordsOf(cause)}`, { cause });
    });
  };
  if (!isDone()) await doOnce({ lock: `${folder}.lock`, isDone, work });
  return folder;
}

/**
 * What a tool says about its version.
 *
 * @throws StackError `tool-missing` with what is needed
 */
export async function versionOf(tool: string, args: readonly string[], needed: string): Promise<string> {
  try {
    return (await run(tool, [...args])).stdout.trim();
  } catch (cause) {
    throw new StackError('tool-missing', `cannot build for the bench: ${needed} is needed`, { cause });
  }
}

async function keyOf({ source, files, version }: Build): Promise<string> {
  const hash = createHash('sha256').update(`${version}\0${process.platform}\0${process.arch}\0`);
  const found: string[] = [];
  for await (const file of glob(files, { cwd: source })) found.push(file);
  for (const file of found.sort()) hash.update(`${file}\0`).update(await readFile(join(source, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Builds beside the final folder and moves it there whole, so that a build that broke off is never taken for one. */
async function build({ make, inPlace = false }: Build, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const place = inPlace ? folder : await mkdtemp(join(cacheDir(), '.building-'));
  try {
    await mkdir(place, { recursive: true });
    await make(place);
    await mkdir(join(place, 'done'));
    if (!inPlace) await rename(place, folder);
  } finally {
    if (!inPlace) await rm(place, { recursive: true, force: true });
  }
}

/** The end of what a compiler said tells more than the command line that it failed with. */
function wordsOf(cause: unknown): string {
  const said = (cause as { stderr?: string }).stderr?.trim().split('\n').slice(-5).join('\n');
  return said || String(cause);
}
