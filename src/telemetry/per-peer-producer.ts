import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { METRICS } from '../contract/metrics.ts';
import type { Naming } from '../contract/naming.ts';
import type { PerPeerSeries } from '../contract/per-peer.ts';
import { METER } from './meter.ts';
import { metricFrame } from './metric-frame.ts';
import { nextTurn, POINTS_A_TURN } from './turns.ts';

/** Round trip, jitter, failures. */
const POINTS_A_PEER = 3;

/**
 * The series of the peers connected now.
 *
 * They come from a producer and not from instruments because the SDK never forgets a label set: a peer that left would
 * be exported for ever, and past 2,000 the next ones would fall into an overflow series.
 */
export class PerPeerProducer implements MetricProducer {
  readonly #series: () => Iterable<PerPeerSeries> | Promise<Iterable<PerPeerSeries>>;
  readonly #naming: Naming;
  readonly #peersATurn: number;

  /** @param series read in several turns of the event loop, so it may notice that a peer has left meanwhile */
  constructor(
    series: () => Iterable<PerPeerSeries> | Promise<Iterable<PerPeerSeries>>,
    naming: Naming,
    pointsATurn = POINTS_A_TURN,
  ) {
    this.#series = series;
    this.#naming = naming;
    this.#peersATurn = Math.max(1, Math.floor(pointsATurn / POINTS_A_PEER));
  }

  async collect(): Promise<CollectionResult> {
    // The clock that the SDK dates its own points by.
    const endTime = millisToHrTime(Date.now());
    const rtts: DataPoint<number>[] = [];
    const jitters: DataPoint<number>[] = [];
    const failures: DataPoint<number>[] = [];
    for (const peer of await this.#series()) {
      const of = { startTime: millisToHrTime(peer.sinceMs), endTime, attributes: { peer_id: peer.peerId } };
      if (peer.rttSeconds !== undefined) rtts.push({ ...of, value: peer.rttSeconds });
      jitters.push({ ...of, value: peer.jitterSeconds });
      failures.push({ ...of, value: peer.failures });
      if (jitters.length % this.#peersATurn === 0) await nextTurn();
    }
    const metrics: MetricData[] = [
      { ...metricFrame(METRICS.peerPingRtt, this.#naming), dataPointType: DataPointType.GAUGE, dataPoints: rtts },
      { ...metricFrame(METRICS.peerPingJitter, this.#naming), dataPointType: DataPointType.GAUGE, dataPoints: jitters },
      {
        ...metricFrame(METRICS.peerPingFailures, this.#naming),
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: failures,
      },
    ];
    const scopeMetrics = [{ scope: METER, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}
