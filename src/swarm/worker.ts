import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Crew } from './crew.ts';
import { FullNodeDialer, LightDialer } from './dialers.ts';
import { lightParts } from './light-connection.ts';
import type { WorkerMessage, WorkerOrder } from './messages.ts';
import type { WorkerShare } from './plan.ts';
import { SwarmPeer } from './swarm-peer.ts';
import { Tally } from './tally.ts';
import { tunedParts } from './tuned-parts.ts';

const SAMPLE_EVERY_MS = 250;
/** Peers take leave of the target this long at most. */
const LEAVE_DEADLINE_MS = 2000;

// The decoder of length prefixes throws and catches an error for every message that is not all there: the stacks nobody
// sees took a sixth of the processor time of a peer that connects.
Error.stackTraceLimit = 0;

const { plan, worker } = workerData as WorkerShare;
const { target, fullNodes, pingTimeoutMs, reconnect } = plan;
const tally = new Tally();
const parts = lightParts(tunedParts());
const dialer = () => (fullNodes ? new FullNodeDialer(target) : new LightDialer(parts, target));
const crew = new Crew({
  scenario: plan.scenario,
  worker,
  workers: plan.workers,
  tally,
  recruit: () => new SwarmPeer({ dialer: dialer(), tally, pingTimeoutMs, reconnect }),
});

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

function sample(): void {
  post({ type: 'sample', sample: { counts: tally.counts, recentRtt: tally.takeRecentRtt() } });
}

let run = Promise.resolve();
let sampling: NodeJS.Timeout | undefined;

function go(): void {
  run = crew.run();
  sampling = setInterval(sample, SAMPLE_EVERY_MS);
}

async function stop(): Promise<void> {
  clearInterval(sampling);
  crew.end();
  await run;
  sample();
  // The reasons of those that never got in come with the leave-taking, which is not waited for.
  const online = tally.counts.online;
  const leaving = crew.leave();
  const { failedByReason, pingErrorsByReason, rtt, setup, late } = tally;
  const counts = { ...tally.counts, online };
  post({
    type: 'result',
    result: { counts, notDialed: crew.notDialed, failedByReason, pingErrorsByReason, rtt, setup, late },
  });
  await Promise.race([leaving, sleep(LEAVE_DEADLINE_MS)]);
  // Ends this thread, and with it whatever a peer was still in the middle of.
  process.exit();
}

parentPort?.on('message', (order: WorkerOrder) => {
  if (order === 'go') go();
  else void stop();
});
post({ type: 'ready' });
