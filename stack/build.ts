import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDir } from './cache.ts';
import { StackError } from './errors.ts';
import { doOnce } from './lock.ts';

const run = promisify(execFile);
const PROGRESS_EVERY_MS = 10_000;
const HOUR_MS = 3_600_000;

/** What a build may be told. */
export interface BuildInit {
  /** Receives progress, one line at a time. @default standard error */
  readonly log?: (line: string) => void;
  /** Where `go` and the cache folder are looked up. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends a running build. */
  readonly signal?: AbortSignal | undefined;
}

/** How to build one or more programs from a Go module of this repository. */
interface Recipe {
  /** The cache folder's name, and the log's. */
  readonly name: string;
  /** What it is called in messages. */
  readonly title: string;
  readonly minutes: string;
  /** The folder with go.mod. */
  readonly source: string;
  /** What `go build` makes: a program is named after the last element of its package's path. */
  readonly programs: readonly string[];
  /** The module in go.mod whose version is the programs' own. */
  readonly versionedBy: string;
  /** Module version -> the version that the programs report. */
  readonly version: (moduleVersion: string) => string;
  readonly buildFlags: (version: string) => readonly string[];
  readonly packages: readonly string[];
}

const COLLECTOR: Recipe = {
  name: 'otelcol',
  title: 'the OpenTelemetry Collector',
  minutes: '2 minutes',
  source: fileURLToPath(new URL('../otel-collector/distribution', import.meta.url)),
  versionedBy: 'go.opentelemetry.io/collector/otelcol',
  version: (moduleVersion) => moduleVersion.slice(1),
  buildFlags: () => ['-ldflags=-s -w'],
  packages: ['.'],
  programs: ['otelcol'],
};

const PROMETHEUS: Recipe = {
  name: 'prometheus',
  title: 'Prometheus',
  minutes: '3 minutes',
  source: fileURLToPath(new URL('../prometheus/distribution', import.meta.url)),
  versionedBy: 'github.com/prometheus/prometheus',
  version: releaseOfPrometheusModule,
  // Service discovery for clouds is left out: static, file and HTTP discovery remain, at half the size.
  buildFlags: (version) => [
    '-tags=remove_all_sd,netgo',
    `-ldflags=-s -w -X github.com/prometheus/common/version.Version=${version}`,
  ],
  packages: ['github.com/prometheus/prometheus/cmd/prometheus', 'github.com/prometheus/prometheus/cmd/promtool'],
  programs: ['prometheus', 'promtool'],
};

/**
 * The Collector's path; builds it when it is not in the cache (about 2 minutes on two cores; then milliseconds).
 *
 * @throws StackError `go-missing`, `go-too-old` or `build-failed`
 */
export async function ensureCollector(init: BuildInit = {}): Promise<{ otelcol: string }> {
  const folder = await ensureBuilt(COLLECTOR, init);
  return { otelcol: join(folder, 'otelcol') };
}

/**
 * The paths of Prometheus and promtool; builds them when they are not in the cache (about 3 minutes on two cores).
 *
 * @throws StackError `go-missing`, `go-too-old` or `build-failed`
 */
export async function ensurePrometheus(init: BuildInit = {}): Promise<{ prometheus: string; promtool: string }> {
  const folder = await ensureBuilt(PROMETHEUS, init);
  return { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
}

async function ensureBuilt(recipe: Recipe, init: BuildInit): Promise<string> {
  const { env = process.env } = init;
  const module = await readFile(join(recipe.source, 'go.mod'), 'utf8');
  const goVersion = await usableGo(recipe, module, env);
  const version = recipe.version(requiredVersion(module, recipe.versionedBy));
  const cache = cacheDir(env);
  const key = await cacheKey(recipe, version, goVersion);
  const folder = join(cache, `${recipe.name}-${key}`);
  const { log = (line) => console.error(line), signal } = init;
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  await doOnce({
    lock: `${folder}.lock`,
    isDone: () => existsSync(folder),
    work: () => build(recipe, { env, log, signal, version, cache, folder }),
    onWait: () => log(`waiting for another process that builds ${recipe.title} v${version}`),
    signal,
  });
  return folder;
}

interface BuildTask {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly version: string;
  readonly cache: string;
  readonly folder: string;
}

/** Builds beside the final folder and moves it there whole: whoever finds the folder finds a finished build. */
async function build(recipe: Recipe, task: BuildTask): Promise<void> {
  const { version, cache, folder, env, log, signal } = task;
  await removeAbandonedBuilds(cache);
  const temporary = await mkdtemp(join(cache, '.building-'));
  const what = `building ${recipe.title} v${version}`;
  log(`${what}, about ${recipe.minutes} the first time`);
  const started = performance.now();
  const progress = setInterval(() => log(`${what} … ${secondsSince(started)} s`), PROGRESS_EVERY_MS);
  try {
    await goBuild(recipe, version, temporary, env, signal);
    for (const program of recipe.programs) await verifyVersion(recipe, join(temporary, program), version);
    await moveUnlessThere(temporary, folder);
    log(`built ${recipe.title} v${version} in ${secondsSince(started)} s`);
  } catch (cause) {
    signal?.throwIfAborted();
    throw await buildFailed(recipe, `${folder}.log`, cause);
  } finally {
    clearInterval(progress);
    await rm(temporary, { recursive: true, force: true });
  }
}

async function goBuild(recipe: Recipe, version: string, out: string, env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  // -buildvcs: a checkout that git distrusts (another owner, a container) would otherwise fail the build.
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', ...recipe.buildFlags(version)];
  await run('go', ['build', ...flags, '-o', `${out}/`, ...recipe.packages], {
    cwd: recipe.source,
    // For this machine and from this module alone, whatever the caller's environment says.
    env: { ...env, CGO_ENABLED: '0', GO111MODULE: 'on', GOWORK: 'off', GOFLAGS: '', GOOS: '', GOARCH: '' },
    maxBuffer: 64 * 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function verifyVersion(recipe: Recipe, program: string, version: string): Promise<void> {
  const { stdout } = await run(program, ['--version']);
  if (!stdout.split(/\s/).includes(version)) {
    throw new Error(`${recipe.title}: --version says "${stdout.trim()}", not ${version}`);
  }
}

/** Should two builds run at once after all, both end with the same folder: the second to finish finds it there. */
async function moveUnlessThere(temporary: string, folder: string): Promise<void> {
  try {
    await rename(temporary, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
  }
}

async function removeAbandonedBuilds(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith('.building-')) continue;
    const path = join(cache, entry);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > HOUR_MS) await rm(path, { recursive: true, force: true });
  }
}

async function buildFailed(recipe: Recipe, logPath: string, cause: unknown): Promise<StackError> {
  const output = outputOf(cause);
  await writeFile(logPath, `${output}\n`);
  const last = output.trim().split('\n').at(-1);
  return new StackError('build-failed', `cannot build ${recipe.title}: ${last} (all of the output: ${logPath})`, {
    cause,
  });
}

/** What a failed program printed, or what is known instead. */
function outputOf(cause: unknown): string {
  const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
  return `${stdout}${stderr}`.trim() || String(cause);
}

/**
 * The version of Go that will build this module. Asked for in the module's own folder, where Go fetches the toolchain
 * that go.mod wants, unless it is told not to (GOTOOLCHAIN=local).
 */
async function usableGo(recipe: Recipe, module: string, env: NodeJS.ProcessEnv): Promise<string> {
  const wanted = /^go (\S+)$/m.exec(module)?.[1] ?? '1.26';
  let found: string;
  try {
    found = (await run('go', ['env', 'GOVERSION'], { cwd: recipe.source, env })).stdout.trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw goMissing(recipe, wanted, cause);
    throw goTooOld(recipe, wanted, outputOf(cause).split('\n')[0] ?? '', cause);
  }
  if (compareVersions(found.replace(/^go/, ''), wanted) < 0) throw goTooOld(recipe, wanted, `found ${found}`);
  return found;
}

function goMissing(recipe: Recipe, wanted: string, cause: unknown): StackError {
  const message = `cannot build ${recipe.title}: there is no \`go\` on PATH; install Go ${wanted} or newer (go.dev/dl)`;
  return new StackError('go-missing', message, { cause });
}

function goTooOld(recipe: Recipe, wanted: string, found: string, cause?: unknown): StackError {
  const message = `cannot build ${recipe.title}: Go ${wanted} or newer is needed (${found})`;
  return new StackError('go-too-old', message, { cause });
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10)));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A changed source, flag, Go or machine is another build; an old one stays, for whoever goes back to it. */
async function cacheKey(recipe: Recipe, version: string, goVersion: string): Promise<string> {
  const hash = createHash('sha256');
  const sources = (await readdir(recipe.source)).filter((file) => /\.(go|mod|sum)$/.test(file));
  for (const file of sources.sort()) {
    hash.update(`${file}\0`).update(await readFile(join(recipe.source, file)));
  }
  hash.update(JSON.stringify([recipe.buildFlags(version), goVersion, process.platform, process.arch]));
  return hash.digest('hex').slice(0, 16);
}

function requiredVersion(module: string, path: string): string {
  const words = module.split(/\s+/);
  const version = words[words.indexOf(path) + 1];
  if (!version?.startsWith('v')) throw new StackError('build-failed', `go.mod does not require ${path}`);
  return version;
}

/** Prometheus publishes release 3.16.0 as module version v0.316.0. */
function releaseOfPrometheusModule(moduleVersion: string): string {
  const [, major, minor, patch] = /^v0\.(\d+)(\d\d)\.(\d+)/.exec(moduleVersion) ?? [];
  return `${major}.${Number(minor)}.${patch}`;
}

function secondsSince(started: number): number {
  return Math.round((performance.now() - started) / 1000);
}
