import { ValueType } from '@opentelemetry/api';
import { hrTime, millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { METRICS } from '../contract/metrics.ts';
import { type Naming, streamName } from '../contract/naming.ts';
import type { PerPeerSeries } from '../contract/per-peer.ts';
import type { MetricRow } from '../contract/row.ts';
import { METER } from './meter.ts';

/**
 * The series of the peers connected now.
 *
 * They come from a producer and not from instruments because the SDK never forgets a label set: a peer that left would
 * be exported for ever, and past 2,000 the next ones would fall into an overflow series.
 */
export class PerPeerProducer implements MetricProducer {
  readonly #series: () => readonly PerPeerSeries[];
  readonly #naming: Naming;

  constructor(series: () => readonly PerPeerSeries[], naming: Naming) {
    this.#series = series;
    this.#naming = naming;
  }

  collect(): Promise<CollectionResult> {
    const series = this.#series();
    const now = hrTime();
    const point = (peer: PerPeerSeries, value: number): DataPoint<number> => ({
      startTime: millisToHrTime(peer.sinceMs),
      endTime: now,
      attributes: { peer_id: peer.peerId },
      value,
    });
    const answered = series.flatMap((peer) => (peer.rttSeconds === undefined ? [] : [point(peer, peer.rttSeconds)]));
    const metrics: MetricData[] = [
      { ...this.#frame(METRICS.peerPingRtt), dataPointType: DataPointType.GAUGE, dataPoints: answered },
      {
        ...this.#frame(METRICS.peerPingJitter),
        dataPointType: DataPointType.GAUGE,
        dataPoints: series.map((peer) => point(peer, peer.jitterSeconds)),
      },
      {
        ...this.#frame(METRICS.peerPingFailures),
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: series.map((peer) => point(peer, peer.failures)),
      },
    ];
    const scopeMetrics = [{ scope: METER, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) }];
    return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] });
  }

  #frame(row: MetricRow): Pick<MetricData, 'descriptor' | 'aggregationTemporality'> {
    const descriptor = {
      name: streamName(row, this.#naming),
      description: row.help,
      unit: row.unit,
      valueType: ValueType.DOUBLE,
    };
    return { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
  }
}
