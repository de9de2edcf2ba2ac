import { hrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Naming } from '../contract/naming.ts';
import type { PeerDetails, PerPeerSeries } from '../contract/per-peer.ts';
import type { Limits } from '../node/admission.ts';
import { METER } from '../telemetry/meter.ts';
import type { FiguresMeter } from './figures-meter.ts';
import { merge } from './merge.ts';
import { metricData } from './metric-data.ts';
import { mergePerPeer, unpack } from './per-peer.ts';
import { perProcessFigures } from './per-process.ts';
import type { Roster } from './roster.ts';
import { wholeFigures } from './whole.ts';
import type { WorkerSlot } from './worker-slot.ts';

export interface ClusterProducerInit {
  readonly slots: readonly WorkerSlot[];
  /** The primary's own figures: it is a process like the others, without peers. */
  readonly own: FiguresMeter;
  readonly roster: Roster;
  readonly limits: Limits;
  readonly naming: Naming;
  /** Most peers that get series of their own, and who comes first. */
  readonly perPeer: { readonly cap: number; readonly targets: ReadonlySet<string> };
}

/**
 * The figures of all processes as those of one daemon, and beside them what tells the processes apart.
 *
 * Every reader gets what the workers' own cumulative readers have counted; nothing is taken as a difference here, so it
 * does not matter who reads when.
 */
export class ClusterProducer implements MetricProducer {
  readonly #init: ClusterProducerInit;
  readonly #startTime = hrTime();
  #refreshing: Promise<void> | undefined;
  /** On the monotonic clock. */
  #refreshedAtMs = 0;

  constructor(init: ClusterProducerInit) {
    this.#init = init;
  }

  /** Asks all workers for what they have now, unless that was done a moment ago. */
  async refreshUnlessNewerThan(ageMs: number): Promise<void> {
    if (performance.now() - this.#refreshedAtMs >= ageMs) await this.#refresh();
  }

  async collect(): Promise<CollectionResult> {
    const { own, slots, naming } = this.#init;
    const [primary] = await Promise.all([own.collect(), this.#refresh()]);
    const workers = slots.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
    const merged = merge([
      primary.figures,
      ...slots.map(({ retired }) => retired),
      ...workers.map(({ figures }) => figures),
    ]);
    const whole = wholeFigures({ merged, workers, peerCount: this.#init.roster.size, limits: this.#init.limits });
    const processes = perProcessFigures([
      ...slots.map(({ index, snapshot, retired, restarts }) => ({
        name: String(index),
        figures: snapshot?.figures,
        retired,
        restarts,
      })),
      { name: 'primary', figures: primary.figures },
    ]);
    const figures = new Map([...merged, ...whole, ...processes]);
    const metrics = metricData(figures, { naming, startTime: this.#startTime, endTime: hrTime() });
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: METER, metrics }] },
      errors: [...primary.errors, ...workers.flatMap(({ errors }) => errors)],
    };
  }

  /** Who asks while an answer is on its way gets that one. */
  #refresh(): Promise<void> {
    this.#refreshing ??= Promise.all(this.#init.slots.map((slot) => slot.refresh())).then(() => {
      this.#refreshing = undefined;
      this.#refreshedAtMs = performance.now();
    });
    return this.#refreshing;
  }

  /** The series of single peers, as the workers have them now. */
  async perPeer(): Promise<PerPeerSeries[]> {
    await this.#refresh();
    const parts = this.#init.slots.map(({ snapshot }) => (snapshot === undefined ? [] : unpack(snapshot.perPeer)));
    return mergePerPeer(parts, this.#init.perPeer);
  }

  /** At most so many peers with all that is known of them, for whoever looks. */
  async peers(most: number): Promise<PeerDetails[]> {
    const parts = await Promise.all(this.#init.slots.map((slot) => slot.peers(most)));
    return mergePerPeer(parts, { ...this.#init.perPeer, cap: most });
  }
}
