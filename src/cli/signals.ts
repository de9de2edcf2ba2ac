import { constants } from 'node:os';

/**
 * Resolves with the first SIGINT or SIGTERM. A second one ends the process at once: somebody is in a hurry. A process
 * that was started with a channel to its parent also ends when that parent is gone, however it went.
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
    process.once('disconnect', () => onSignal('SIGTERM'));
  });
}
