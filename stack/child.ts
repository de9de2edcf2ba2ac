import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { StackError } from './errors.ts';

/** How long a program may take to end after SIGTERM before it is killed. */
const STOP_TIMEOUT_MS = 5_000;
/** How many lines of a program's output are kept for an error message. */
const TAIL_LINES = 200;

/** A program to start. */
export interface ChildInit {
  /** What it is called in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the program. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives every line it prints. */
  readonly log?: ((line: string) => void) | undefined;
}

/** How a program ended: a status, or the signal that ended it. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Settles, never rejects, when the program has ended and its output is read. */
  readonly exited: Promise<ExitStatus>;
  /** The end of its output so far. */
  logTail(): string[];
  /** SIGTERM, then SIGKILL after 5 s. Returns when it has ended; may be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts a program that ends no later than this process does, in whatever way this process ends.
 *
 * It runs in a session of its own, so that a Ctrl-C in the terminal reaches this process alone, which then ends its
 * programs in order.
 *
 * @throws StackError `start-failed` when it cannot be executed
 */
export async function startChild({ name, command, args, env = process.env, log }: ChildInit): Promise<Child> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new StackError('start-failed', `${name} cannot be executed (${command}): ${String(cause)}`, { cause });
  }
  const pid = child.pid as number;
  const tail: string[] = [];
  const keep = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    log?.(line);
  };
  eachLine(child.stdout, keep);
  eachLine(child.stderr, keep);
  endWithThisProcess(child, pid);
  const exited = exitOf(child);

  const stop = async () => {
    child.kill('SIGTERM');
    const timer = new AbortController();
    const late = delay(STOP_TIMEOUT_MS, 'late' as const, { signal: timer.signal }).catch(() => undefined);
    if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
    timer.abort();
    await exited;
  };
  return { name, pid, exited, logTail: () => [...tail], stop };
}

/** What to wait for, and for how long. */
export interface ReadyInit {
  readonly isReady: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until a program answers; ends it when it doesn't.
 *
 * @throws StackError `start-failed` with the end of its output when it ends by itself or is not ready in time
 * @throws the signal's reason when that is aborted
 */
export async function untilReady(child: Child, { isReady, timeoutMs, signal }: ReadyInit): Promise<void> {
  let ended: ExitStatus | undefined;
  void child.exited.then((status) => {
    ended = status;
  });
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline && ended === undefined && !signal?.aborted) {
    const ready = await isReady().catch(() => false);
    if (ready && ended === undefined) return;
    await delay(50);
  }
  await child.stop();
  signal?.throwIfAborted();
  throw new StackError('start-failed', `${child.name} ${whyNotReady(ended, timeoutMs)}; ${lastWords(child)}`);
}

/** How a program ended, in words. */
export function describeExit({ code, signal }: ExitStatus): string {
  return signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
}

/** The end of a program's output, to be put at the end of a message. */
export function lastWords(child: Pick<Child, 'logTail'>, lines = 10): string {
  const tail = child.logTail().slice(-lines);
  return tail.length === 0 ? 'it printed nothing' : `the end of its output:\n  ${tail.join('\n  ')}`;
}

function whyNotReady(ended: ExitStatus | undefined, timeoutMs: number): string {
  return ended === undefined ? `was not ready within ${timeoutMs / 1000} s` : `${describeExit(ended)} while starting`;
}

function eachLine(stream: Readable, keep: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', keep);
}

function exitOf(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/**
 * A shell that waits for the end of its standard input, which only this process holds open: SIGKILL, too, closes it.
 * The gap: a SIGKILL to this process in the milliseconds before the shell runs, or one to the shell itself.
 */
const WATCHER = `
trap '' INT HUP TERM
read -r _
kill -TERM "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -KILL "$1"
`;

function endWithThisProcess(child: ChildProcess, pid: number): void {
  const watcher = spawn('/bin/sh', ['-c', WATCHER, 'end-with-parent', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell the program still runs, and still ends in every way but that one.
  watcher.once('error', () => undefined);
  watcher.unref();
  (watcher.stdin as Socket).unref();
  // Before the input closes: the process id may by then be another program's.
  child.once('exit', () => watcher.kill('SIGKILL'));
}
