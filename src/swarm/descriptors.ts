import { readFileSync } from 'node:fs';
import { OperatorError } from '../errors.ts';
import { mostPeers, type Scenario } from './scenario.ts';

/** What Node.js itself has open, and what each of its threads adds (counted in /proc/self/fd: about 25, and 8). */
const OWN = 64;
const A_WORKER = 16;
/** Connections that are being closed still count, for about this long. */
const CLOSING_SECONDS = 2;

/** Files, sockets among them, that a swarm may have open at once. */
export function descriptorsNeeded(scenario: Scenario, workers: number): number {
  const churn = Math.max(...scenario.phases.map(({ churnPerSecond }) => churnPerSecond));
  return mostPeers(scenario) + Math.ceil(CLOSING_SECONDS * churn) + OWN + A_WORKER * workers;
}

/**
 * Throws an OperatorError (`config`) when this process may not open as many sockets as the swarm needs: found out before
 * the first peer, not at the thousandth. Where the limit cannot be read (not on Linux) it says nothing.
 */
export function checkDescriptors(needed: number, limit = descriptorLimit()): void {
  if (limit === undefined || needed <= limit) return;
  throw new OperatorError(
    'config',
    `this swarm needs up to ${needed} open files, but may have ${limit}: run \`ulimit -n ${needed}\` before it, or take fewer peers`,
  );
}

/** Node.js raises its soft limit to the hard one at the start: the soft one is what it may use. */
function descriptorLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
