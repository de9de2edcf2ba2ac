import type { Swarm } from '../swarm/swarm.ts';

const LINE_EVERY_MS = 5000;

/**
 * Shows on standard error how far a swarm has come: one line redrawn on a terminal, elsewhere a line every 5 s. Returns
 * what ends it.
 */
export function showProgress(swarm: Swarm, requested: number): () => void {
  const terminal = process.stderr.isTTY === true;
  let lastLineAt = -Infinity;
  swarm.on('progress', ({ connected, failed, online, pings, pingErrors }) => {
    if (!terminal && performance.now() - lastLineAt < LINE_EVERY_MS) return;
    lastLineAt = performance.now();
    const text = `${online} of ${requested} online (${connected} got in, ${failed} failed), ${pings} pings, ${pingErrors} errors`;
    process.stderr.write(terminal ? `\r\x1b[K${text}` : `${text}\n`);
  });
  return () => {
    swarm.removeAllListeners('progress');
    if (terminal) process.stderr.write('\r\x1b[K');
  };
}
