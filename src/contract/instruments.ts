import type { Meter } from '@opentelemetry/api';
import { type AttributesOf, type KeysWhere, METRICS } from './metrics.ts';
import type { MetricRow } from './row.ts';
import { labelSets } from './views.ts';

/** Adds to a counter; a value that is not a finite number of at least 0 is dropped, for a sum never recovers from NaN. */
export type Add<Attributes> = (value: number, attributes: Attributes) => void;
/** Records one observation in a histogram, in the row's unit. */
export type RecordValue<Attributes> = (value: number, attributes: Attributes) => void;
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

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** A counter whose every label set is there from the start, at 0, so that a rate exists before the first event. */
  counter<K extends CounterKey>(key: K): Add<AttributesOf<K>> {
    const row: MetricRow = METRICS[key];
    const counter = this.#meter.createCounter(row.instrument, { description: row.help, unit: row.unit });
    for (const attributes of labelSets(row)) counter.add(0, attributes);
    return (value, attributes) => {
      if (isAmount(value)) counter.add(value, attributes);
    };
  }

  histogram<K extends HistogramKey>(key: K): RecordValue<AttributesOf<K>> {
    const row: MetricRow = METRICS[key];
    const histogram = this.#meter.createHistogram(row.instrument, { description: row.help, unit: row.unit });
    return (value, attributes) => {
      if (isAmount(value)) histogram.record(value, attributes);
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
