import { DataPointType, MeterProvider, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { Instruments } from '../contract/instruments.ts';
import { METRIC_ROWS, type MetricKey } from '../contract/metrics.ts';
import { metricViews } from '../contract/views.ts';
import { HistogramProducer } from '../telemetry/histogram-producer.ts';
import { METER } from '../telemetry/meter.ts';
import type { Figures, Point } from './figures.ts';

/** Instruments whose values stay in this program, to be put together with those of other processes. */
export interface FiguresMeter {
  readonly instruments: Instruments;
  collect(): Promise<{ readonly figures: Figures; readonly errors: readonly string[] }>;
}

/** Collects when it is asked to. */
class FiguresReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

export function createFiguresMeter(): FiguresMeter {
  const histograms = new HistogramProducer();
  const reader = new FiguresReader({ metricProducers: [histograms] });
  const provider = new MeterProvider({ views: metricViews('documented'), readers: [reader] });
  return {
    instruments: new Instruments(provider.getMeter(METER.name, METER.version), histograms.store),
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
      return { figures: figuresOf(metrics), errors: errors.map(String) };
    },
  };
}

const KEYS = new Map<string, MetricKey>(METRIC_ROWS.map(({ name, key }) => [name, key]));

function figuresOf(metrics: readonly MetricData[]): Figures {
  const figures = new Map<MetricKey, readonly Point[]>();
  for (const metric of metrics) {
    const key = KEYS.get(metric.descriptor.name);
    if (key === undefined || metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) continue;
    figures.set(
      key,
      metric.dataPoints.map(({ attributes, value }) => ({
        attributes: attributes as Point['attributes'],
        value: typeof value === 'number' ? value : { buckets: value.buckets, sum: value.sum ?? 0, count: value.count },
      })),
    );
  }
  return figures;
}
