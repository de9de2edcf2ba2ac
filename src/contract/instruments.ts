import type { Meter } from '@opentelemetry/api';
import { type AttributesOf, type KeysWhere, METRICS } from './metrics.ts';
import type { MetricRow } from './row.ts';
import { cardinalityLimit, isClosed, labelSets } from './views.ts';

/** Adds to a counter; a value that is not a finite number of at least 0 is dropped, for a sum never recovers from NaN. */
export type Add<Attributes> = (value: number, attributes: Attributes) => void;
/** One series of a histogram. */
export interface Distribution {
  /** Takes one observation, in the row's unit; one that is not a finite number of at least 0 is dropped. */
  record(value: number): void;
}
/** Keeps histograms: is asked once for each row, and then once for each of its label sets. */
export type HistogramStore = (row: MetricRow) => (attributes: Readonly<Record<string, string>>) => Distribution;
/** Reports the present value of one label set. */
export type Observe<Attributes> = (value: number, attributes: Attributes) => void;

export type CounterKey = KeysWhere<{ kind: 'counter'; source: 'record' }>;
export type HistogramKey = KeysWhere<{ kind: 'histogram'; source: 'record' }>;
export type ObservedKey = KeysWhere<{ source: 'observe' }>;

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/**
 * The instruments of the contract: each is made from its row, and takes exactly the labels of that row.
 *
 * @example
 * const denied = instruments.counter('connectionsDenied');
 * denied(1, { direction: 'inbound', reason: 'max_peers' });
 */
export class Instruments {
  readonly #meter: Meter;
  readonly #histograms: HistogramStore;

  /** @param histograms where observations go. @default histograms of this meter, for a meter provider with our views */
  constructor(meter: Meter, histograms: HistogramStore = meterHistograms(meter)) {
    this.#meter = meter;
    this.#histograms = histograms;
  }

  /**
   * A counter whose every label set is there from the start, at 0, so that a rate exists before the first event; where the
   * runtime bounds a label, whoever knows its values begins them.
   */
  counter<K extends CounterKey>(key: K): Add<AttributesOf<K>> {
    const row: MetricRow = METRICS[key];
    const counter = this.#meter.createCounter(row.instrument, { description: row.help, unit: row.unit });
    for (const attributes of labelSets(row)) counter.add(0, attributes);
    return (value, attributes) => {
      if (isAmount(value)) counter.add(value, attributes);
    };
  }

  /**
   * A histogram, by its label sets. Who observes often asks for the series once and keeps it.
   *
   * @example
   * const rtt = instruments.histogram('pingRtt')({});
   * rtt.record(0.000065);
   */
  histogram<K extends HistogramKey>(key: K): (attributes: AttributesOf<K>) => Distribution {
    const row: MetricRow = METRICS[key];
    const labels = Object.keys(row.labels);
    const keyOf = (set: Readonly<Record<string, unknown>>): string => labels.map((label) => set[label]).join();
    const seriesOf = this.#histograms(row);
    const series = new Map(labelSets(row).map((set) => [keyOf(set), seriesOf(set)]));
    // Series of what the runtime bounds begin when they are first asked for.
    const most = isClosed(row) ? series.size : cardinalityLimit(row) - 1;
    return (attributes) => {
      const known = series.get(keyOf(attributes));
      if (known !== undefined) return known;
      if (series.size >= most) return unheard;
      const begun = seriesOf({ ...attributes } as Readonly<Record<string, string>>);
      series.set(keyOf(attributes), begun);
      return begun;
    };
  }

  /**
   * A value that is read when it is asked for. `read` runs once per reader and collection, so it must not depend on
   * when it last ran; values that are not finite numbers are left out.
   */
  observe<K extends ObservedKey>(key: K, read: (observe: Observe<AttributesOf<K>>) => void): void {
    const row: MetricRow = METRICS[key];
    const options = { description: row.help, unit: row.unit };
    const instrument =
      row.kind === 'counter'
        ? this.#meter.createObservableCounter(row.instrument, options)
        : row.kind === 'updowncounter'
          ? this.#meter.createObservableUpDownCounter(row.instrument, options)
          : this.#meter.createObservableGauge(row.instrument, options);
    instrument.addCallback((result) =>
      read((value, attributes) => {
        if (Number.isFinite(value)) result.observe(value, attributes);
      }),
    );
  }
}

/** Takes what carries a label value that the types do not know: no series grows out of it. */
const unheard: Distribution = { record: () => {} };

/** Histograms kept by the SDK behind this meter. A series begins with its first observation. */
function meterHistograms(meter: Meter): HistogramStore {
  return (row) => {
    const histogram = meter.createHistogram(row.instrument, { description: row.help, unit: row.unit });
    return (attributes) => ({
      record: (value) => {
        if (isAmount(value)) histogram.record(value, attributes);
      },
    });
  };
}
