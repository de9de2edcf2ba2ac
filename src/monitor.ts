import type { Libp2p } from '@libp2p/interface';
import type { Meter } from '@opentelemetry/api';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import { Instruments } from './contract/instruments.ts';
import type { Naming } from './contract/naming.ts';
import { PeerTable } from './peers/peer-table.ts';
import { Prober } from './probe/prober.ts';
import { ProcessSampler } from './process/sampler.ts';
import { livePeerSeries } from './record/per-peer.ts';
import { recordAnyNode } from './record/record-all.ts';
import { recordGc } from './record/record-process.ts';
import { named } from './telemetry/named.ts';
import { PerPeerProducer } from './telemetry/per-peer-producer.ts';
import { VERSION } from './version.ts';

export interface MonitorInit {
  /** Mean time between two pings to a peer. @default 1000 */
  readonly pingIntervalMs?: number;
  /** A ping not answered by then has failed; three in a row close the connection. @default 5000 */
  readonly pingTimeoutMs?: number;
  /** Most peers that get series of their own. @default 100 */
  readonly perPeerSeries?: number;
  /** Names of the per-peer series; those of all others come from `metricViews`. @default 'documented' */
  readonly naming?: Naming;
}

/**
 * Measures a libp2p node that somebody already runs: its peers, their round trips, this process. What only the node's
 * own construction can measure (limits, refusals, bytes, dials) is not part of it.
 *
 * Turn libp2p's connection monitor off (`connectionMonitor: { enabled: false }`): it pings too, and aborts connections
 * when another ping is under way.
 *
 * @example
 * const monitor = new Monitor(node);
 * const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [monitor.producer] });
 * const provider = new MeterProvider({ readers: [reader], views: metricViews('documented') });
 * monitor.start(provider.getMeter('peermeter'));
 */
export class Monitor {
  /** The series of single peers, for the `metricProducers` of a reader. */
  readonly producer: MetricProducer;
  readonly #node: Libp2p;
  readonly #table = new PeerTable();
  readonly #prober: Prober;
  #sampler: ProcessSampler | undefined;
  #unfollow: (() => void) | undefined;

  constructor(node: Libp2p, init: MonitorInit = {}) {
    const { pingIntervalMs = 1000, pingTimeoutMs = 5000, perPeerSeries = 100, naming = 'documented' } = init;
    this.#node = node;
    this.#prober = new Prober({ table: this.#table, intervalMs: pingIntervalMs, timeoutMs: pingTimeoutMs });
    const series = { table: this.#table, prober: this.#prober, cap: perPeerSeries, targets: new Set<string>() };
    this.producer = named(new PerPeerProducer(() => livePeerSeries(series)), naming);
  }

  /** Begins to ping and to record into instruments of this meter. */
  start(meter: Meter): void {
    const instruments = new Instruments(meter);
    const sampler = new ProcessSampler({ onGc: recordGc(instruments) });
    this.#sampler = sampler;
    sampler.start();
    const latest = () => sampler.latest();
    recordAnyNode(instruments, { table: this.#table, prober: this.#prober, latest, version: VERSION });
    this.#unfollow = this.#table.follow(this.#node);
    this.#prober.start();
  }

  /** Pings nobody any more and takes in no further connection. The node itself goes on. */
  stop(): void {
    this.#unfollow?.();
    this.#prober.stop();
    this.#sampler?.stop();
  }
}
