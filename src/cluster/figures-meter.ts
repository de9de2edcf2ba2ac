import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Figures } from '../contract/figures.ts';
import { Instruments } from '../contract/instruments.ts';
import { metricViews } from '../contract/views.ts';
import { figuresOf } from '../telemetry/figures-of.ts';
import { HistogramProducer } from '../telemetry/histogram-producer.ts';
import { METER } from '../telemetry/meter.ts';
import { PullReader } from '../telemetry/pull-reader.ts';

/** Instruments whose values stay in this program, to be put together with those of other processes. */
export interface FiguresMeter {
  readonly instruments: Instruments;
  collect(): Promise<{ readonly figures: Figures; readonly errors: readonly string[] }>;
}

export function createFiguresMeter(): FiguresMeter {
  const histograms = new HistogramProducer('documented');
  const reader = new PullReader({ metricProducers: [histograms] });
  const provider = new MeterProvider({ views: metricViews('documented'), readers: [reader] });
  return {
    instruments: new Instruments(provider.getMeter(METER.name, METER.version), histograms.store),
    async collect() {
      const collected = await reader.collect();
      return { figures: figuresOf(collected, 'documented'), errors: collected.errors.map(String) };
    },
  };
}
