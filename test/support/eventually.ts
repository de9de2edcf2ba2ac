import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until `attempt` no longer throws, and gives its result; at the deadline throws what it threw last. */
export async function eventually<T>(attempt: () => Promise<T> | T, deadlineMs = 20_000, everyMs = 50): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await sleep(everyMs);
    }
  }
}
