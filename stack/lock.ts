import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const BEAT_EVERY_MS = 5_000;
/** A lock without a beat for this long belongs to a process that is no more. */
const STALE_AFTER_MS = 60_000;

/** A piece of work that one of several processes is to do for all. */
export interface SharedWork {
  /** A folder that exists while one is at it. */
  readonly lock: string;
  readonly isDone: () => boolean;
  readonly work: () => Promise<void>;
  /** Called once when another is at it. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work, or waits until another process has; when that one fails, tries it here.
 *
 * It spares work and guards nothing: after a stale lock two may be at it, so the work must bear that.
 */
export async function doOnce({ lock, isDone, work, onWait, signal }: SharedWork): Promise<void> {
  let waits = false;
  while (!isDone()) {
    if (await acquire(lock)) return workHolding(lock, isDone, work);
    if (!waits) onWait?.();
    waits = true;
    await delay(LOOK_EVERY_MS, undefined, { signal });
    if (await isStale(lock)) await release(lock);
  }
}

async function workHolding(lock: string, isDone: () => boolean, work: () => Promise<void>): Promise<void> {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lock, now, now).catch(() => undefined);
  }, BEAT_EVERY_MS);
  try {
    if (!isDone()) await work();
  } finally {
    clearInterval(beat);
    await release(lock);
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(lock: string): Promise<boolean> {
  const state = await stat(lock).catch(() => undefined);
  return state !== undefined && Date.now() - state.mtimeMs > STALE_AFTER_MS;
}

function release(lock: string): Promise<void> {
  return rm(lock, { recursive: true, force: true });
}
