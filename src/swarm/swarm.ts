import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SWARM_WORKER } from '../entries.ts';
import { checkDescriptors, descriptorsNeeded } from './descriptors.ts';
import type { WorkerMessage, WorkerOrder, WorkerResult, WorkerSample } from './messages.ts';
import type { Progress, SwarmPlan, WorkerShare } from './plan.ts';
import { type SwarmReport, swarmReport } from './report.ts';
import { durationOf } from './scenario.ts';
import { NO_COUNTS } from './tally.ts';
import type { Threshold } from './thresholds.ts';
import { Timeline } from './timeline.ts';

/**
 * New objects of a worker are given this much room before they are sorted through. With more of it peers that have just
 * connected leave garbage that V8 keeps: 500 light peers took 80 kB each with 12 MB, 127 kB with the default of 48 MB
 * (`--max-semi-space-size=4`, `VmRSS` over that of 100).
 */
const YOUNG_MB = 12;

/** A worker thread, and what it has said. */
interface Hand {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly result: Promise<WorkerResult>;
  readonly exited: Promise<unknown>;
  counts: WorkerSample['counts'];
}

/**
 * Many real peers in few threads. Emits `progress` a few times a second.
 */
export class Swarm extends EventEmitter<{ progress: [Progress] }> {
  readonly #plan: SwarmPlan;
  readonly #hands: Hand[] = [];
  readonly #timeline = new Timeline();
  readonly #cpuBefore = process.cpuUsage();
  #startedAtMs = 0;

  constructor(plan: SwarmPlan) {
    super();
    this.#plan = plan;
  }

  /**
   * Brings up the worker threads, and lets all peers begin at once. Rejects when a worker dies, and with an OperatorError
   * (`config`) when this process may not open a socket for each peer.
   */
  async start(): Promise<void> {
    checkDescriptors(descriptorsNeeded(this.#plan.scenario, this.#plan.workers));
    for (let worker = 0; worker < this.#plan.workers; worker++) {
      this.#hands.push(this.#hire({ plan: this.#plan, worker }));
    }
    await Promise.all(this.#hands.map(({ ready }) => ready));
    this.#startedAtMs = performance.now();
    this.#order('go');
  }

  /** Where all peers together are. */
  get progress(): Progress {
    const total = (key: keyof Progress): number => this.#hands.reduce((sum, { counts }) => sum + counts[key], 0);
    return {
      connected: total('connected'),
      online: total('online'),
      failed: total('failed'),
      pings: total('pings'),
      pingErrors: total('pingErrors'),
    };
  }

  /** Resolves once every peer of the first phase has got in or failed; rejects when a worker dies. */
  async settled(): Promise<Progress> {
    const first = this.#plan.scenario.phases[0]?.peers ?? 0;
    const settled = new Promise<Progress>((resolve) => {
      this.on('progress', (progress) => {
        if (progress.connected + progress.failed >= first) resolve(progress);
      });
    });
    return Promise.race([settled, this.#workersLost()]);
  }

  /** Resolves when the scenario is over; rejects when a worker dies. One without an end never resolves. */
  async finished(): Promise<void> {
    const leftMs = this.#startedAtMs + durationOf(this.#plan.scenario) - performance.now();
    const over = new Promise<void>((resolve) => {
      if (Number.isFinite(leftMs)) setTimeout(resolve, leftMs).unref();
    });
    await Promise.race([over, this.#workersLost()]);
  }

  /** Lets all peers take leave, and reports. */
  async stop(thresholds: readonly Threshold[] = []): Promise<SwarmReport> {
    const durationMs = performance.now() - this.#startedAtMs;
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    const self = { rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
    this.#order('stop');
    const results = await Promise.all(this.#hands.map(({ result }) => result));
    const timeline = this.#timeline.points();
    const report = swarmReport({ plan: this.#plan, results, durationMs, timeline, self, thresholds });
    await Promise.all(this.#hands.map(({ exited }) => exited));
    return report;
  }

  #hire(share: WorkerShare): Hand {
    const worker = new Worker(SWARM_WORKER, {
      workerData: share,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const ready = Promise.withResolvers<void>();
    const result = Promise.withResolvers<WorkerResult>();
    const lost = (error: Error): void => {
      ready.reject(error);
      result.reject(error);
    };
    // Whoever stops the swarm hears of it; until then nobody may be waiting.
    result.promise.catch(() => undefined);
    const hand: Hand = {
      worker,
      ready: ready.promise,
      result: result.promise,
      exited: new Promise((resolve) => worker.once('exit', resolve)),
      counts: NO_COUNTS,
    };
    worker.on('error', lost);
    worker.on('exit', (code) => lost(new Error(`a swarm worker ended early, with status ${code}`)));
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'ready') ready.resolve();
      else if (message.type === 'result') result.resolve(message.result);
      else this.#take(hand, message.sample);
    });
    return hand;
  }

  #take(hand: Hand, { counts, recentRtt }: WorkerSample): void {
    hand.counts = counts;
    const { progress } = this;
    this.#timeline.add(performance.now() - this.#startedAtMs, progress, recentRtt);
    this.emit('progress', progress);
  }

  #order(order: WorkerOrder): void {
    for (const { worker } of this.#hands) worker.postMessage(order);
  }

  /** Never resolves before `stop`. */
  async #workersLost(): Promise<never> {
    await Promise.all(this.#hands.map(({ result }) => result));
    return new Promise(() => {});
  }
}
