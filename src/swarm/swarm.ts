import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SWARM_WORKER } from '../entries.ts';
import type { WorkerMessage, WorkerResult } from './messages.ts';
import { type Progress, type SwarmPlan, shares } from './plan.ts';
import { type SwarmReport, swarmReport } from './report.ts';

const NOTHING_YET: Progress = { connected: 0, online: 0, failed: 0, pings: 0, pingErrors: 0 };

/**
 * Many real peers in few threads. Emits `progress` a few times a second.
 */
export class Swarm extends EventEmitter<{ progress: [Progress] }> {
  readonly #plan: SwarmPlan;
  readonly #workers: Worker[] = [];
  readonly #progress: Progress[] = [];
  readonly #results: Promise<WorkerResult>[] = [];
  #startedAtMs = 0;

  constructor(plan: SwarmPlan) {
    super();
    this.#plan = plan;
  }

  start(): void {
    this.#startedAtMs = performance.now();
    for (const [index, share] of shares(this.#plan).entries()) {
      const worker = new Worker(SWARM_WORKER, { workerData: share });
      this.#workers.push(worker);
      this.#progress.push(NOTHING_YET);
      const { promise, resolve, reject } = Promise.withResolvers<WorkerResult>();
      // Whoever stops the swarm hears of it; until then nobody waits.
      promise.catch(() => undefined);
      this.#results.push(promise);
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`a swarm worker ended early, with status ${code}`)));
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'result') {
          resolve(message.result);
          return;
        }
        this.#progress[index] = message.progress;
        this.emit('progress', this.progress);
      });
    }
  }

  /** Where all peers together are. */
  get progress(): Progress {
    return this.#progress.reduce((sum, part) => ({
      connected: sum.connected + part.connected,
      online: sum.online + part.online,
      failed: sum.failed + part.failed,
      pings: sum.pings + part.pings,
      pingErrors: sum.pingErrors + part.pingErrors,
    }));
  }

  /** Resolves once every peer has got in or failed; rejects when a worker dies. */
  async settled(): Promise<Progress> {
    const settled = new Promise<Progress>((resolve) => {
      this.on('progress', (progress) => {
        if (progress.connected + progress.failed >= this.#plan.peers) resolve(progress);
      });
    });
    return Promise.race([settled, ...this.#results.map((result) => result.then(() => this.progress))]);
  }

  /** Lets all peers take leave, and reports. */
  async stop(): Promise<SwarmReport> {
    const durationMs = performance.now() - this.#startedAtMs;
    const exits = this.#workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of this.#workers) worker.postMessage('stop');
    const report = swarmReport(this.#plan, await Promise.all(this.#results), durationMs);
    await Promise.all(exits);
    return report;
  }
}
