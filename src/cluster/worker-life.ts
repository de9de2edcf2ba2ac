import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLUSTER_WORKER } from '../entries.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** One life of a worker, from its fork to its end. */
export interface WorkerLife {
  readonly pid: number | undefined;
  /** Resolves with how it ended, once everything it had sent has been read. */
  readonly ended: Promise<string>;
  /** Does nothing when the worker is gone. */
  send(message: ToWorker): void;
  /** Lets it go; it ends by itself. */
  release(): void;
  kill(): void;
}

/** Starts the process of worker `index`. It ends with its primary, whatever that dies of. */
export function beginLife(index: number, receive: (message: FromWorker) => void): WorkerLife {
  const child = fork(fileURLToPath(CLUSTER_WORKER), [String(index)], {
    serialization: 'advanced',
    // Standard output is the primary's; log lines say for themselves which process they are from.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', receive);
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  child.on('error', (error) => child.pid === undefined && resolve(`could not be started: ${error.message}`));
  let end: string | undefined;
  const finish = (): void => {
    if (end !== undefined && !child.connected) resolve(end);
  };
  child.on('disconnect', finish).on('exit', (status, signal) => {
    end = signal === null ? `status ${status}` : `signal ${signal}`;
    finish();
  });
  return {
    pid: child.pid,
    ended,
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
    release: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => child.kill('SIGKILL'),
  };
}
