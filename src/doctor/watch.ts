import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isAnswer } from '../http/ask.ts';
import { pushCount, type Subject } from './subject.ts';

/** Often enough to see a Collector just before a push, seldom enough to cost the daemon nothing. */
const MAX_LOOK_EVERY_MS = 500;
const LOOKS_AN_INTERVAL = 10;

/** What came of waiting for the next push. */
export interface Watched {
  readonly outcome: 'pushed' | 'failed' | 'unseen';
  readonly waitedMs: number;
  /** Whether the Collector showed anything of the daemon right before the push: when what it had was oldest. */
  readonly shownBefore: boolean | undefined;
}

export interface WatchInit {
  /** Reads the daemon's page again. */
  readonly reread: () => Promise<Subject | undefined>;
  readonly subject: Subject;
  /** The page of the Collector. */
  readonly collectorUrl: string;
  readonly waitMs: number;
}

/** Waits until the daemon has pushed once more, well or not. */
export async function watchPush({ reread, subject, collectorUrl, waitMs }: WatchInit): Promise<Watched> {
  const startedAtMs = performance.now();
  const first = pushCount(subject);
  const intervalMs = (subject.push?.intervalSeconds ?? 1) * 1000;
  const lookEveryMs = Math.min(MAX_LOOK_EVERY_MS, intervalMs / LOOKS_AN_INTERVAL);
  let shownBefore: boolean | undefined;
  for (;;) {
    const shown = await isShown(collectorUrl, subject.instance);
    const now = await reread();
    const waitedMs = performance.now() - startedAtMs;
    const count = now && pushCount(now);
    if (count !== undefined && count.failed > first.failed) return { outcome: 'failed', waitedMs, shownBefore };
    if (count !== undefined && count.succeeded > first.succeeded) return { outcome: 'pushed', waitedMs, shownBefore };
    if (waitedMs >= waitMs) return { outcome: 'unseen', waitedMs, shownBefore };
    shownBefore = shown ?? shownBefore;
    await sleep(lookEveryMs);
  }
}

async function isShown(url: string, instance: string | undefined): Promise<boolean | undefined> {
  const asked = await ask(url);
  return isAnswer(asked) && asked.status === 200 ? asked.text.includes(`instance="${instance}"`) : undefined;
}
