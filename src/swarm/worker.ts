import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerMessage, WorkerResult } from './messages.ts';
import type { FailReason, Progress, WorkerShare } from './plan.ts';
import { SwarmPeer } from './swarm-peer.ts';

const PROGRESS_EVERY_MS = 250;
const NS_A_MS = 1e6;
/** Peers take leave of the target this long at most. */
const LEAVE_DEADLINE_MS = 2000;

const { plan, first, count } = workerData as WorkerShare;
const rtt = createHistogram();
const setup = createHistogram();
const pingErrors: Record<string, number> = {};
const peers = Array.from(
  { length: count },
  () =>
    new SwarmPeer(plan, {
      onSetUp: (ms) => setup.record(Math.max(1, Math.round(ms * NS_A_MS))),
      onAnswered: (ms) => rtt.record(Math.max(1, Math.round(ms * NS_A_MS))),
      onPingError: (reason) => {
        pingErrors[reason] = (pingErrors[reason] ?? 0) + 1;
      },
    }),
);
const stopping = new AbortController();

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);
const totalErrors = (): number => Object.values(pingErrors).reduce((sum, errors) => sum + errors, 0);

function progress(): Progress {
  return {
    connected: peers.filter((peer) => peer.connected).length,
    online: peers.filter((peer) => peer.online).length,
    failed: peers.filter((peer) => peer.failure !== undefined && !peer.connected).length,
    pings: peers.reduce((sum, peer) => sum + peer.prober.counts.requests, 0),
    pingErrors: totalErrors(),
  };
}

function result(): WorkerResult {
  const failed: Partial<Record<FailReason, number>> = {};
  for (const { failReason } of peers) if (failReason) failed[failReason] = (failed[failReason] ?? 0) + 1;
  const disconnects = peers.reduce((sum, peer) => sum + peer.disconnects, 0);
  return { ...progress(), failedByReason: failed, pingErrorsByReason: pingErrors, disconnects, rtt, setup };
}

/** Evenly over the ramp, each somewhere within its own step. */
async function startPeer(peer: SwarmPeer, index: number): Promise<void> {
  const step = plan.rampMs / plan.peers;
  await sleep((first + index + Math.random()) * step, undefined, { signal: stopping.signal });
  await peer.start();
}

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  clearInterval(reporting);
  post({ type: 'result', result: result() });
  await Promise.race([Promise.allSettled(peers.map((peer) => peer.stop())), sleep(LEAVE_DEADLINE_MS)]);
  // Ends this thread, and with it whatever a peer was still in the middle of.
  process.exit();
}

const reporting = setInterval(() => post({ type: 'progress', progress: progress() }), PROGRESS_EVERY_MS);
parentPort?.on('message', (message) => {
  if (message === 'stop') void stop();
});
await Promise.allSettled(peers.map(startPeer));
