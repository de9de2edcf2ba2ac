import { constants } from 'node:os';

const LOOK_FOR_PARENT_EVERY_MS = 250;

/**
 * Resolves with the first SIGINT or SIGTERM. A second one ends the process at once: somebody is in a hurry.
 *
 * It also resolves when whoever started this process is gone: a parent with a channel to it (the demo), or npx, which
 * puts a shell between itself and the command; a signal for npx ends that shell and never comes further.
 */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(128 + constants.signals[signal]);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.once('disconnect', () => resolve('SIGTERM'));
    if (process.env.npm_command === 'exec') whenOrphaned(() => resolve('SIGTERM'));
  });
}

/** Calls `then` once when the parent of this process is gone. Keeps no process alive. */
export function whenOrphaned(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, LOOK_FOR_PARENT_EVERY_MS).unref();
}
