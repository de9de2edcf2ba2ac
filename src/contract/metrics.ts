import type { MetricRow } from './row.ts';
import { PEER_METRICS } from './rows/peers.ts';
import { PING_METRICS } from './rows/ping.ts';
import { PIPELINE_METRICS } from './rows/pipeline.ts';
import { PROCESS_METRICS } from './rows/process.ts';
import { PROCESSES_METRICS } from './rows/processes.ts';

/** Every metric of the program, by the key the code knows it under. */
export const METRICS = {
  ...PEER_METRICS,
  ...PING_METRICS,
  ...PROCESS_METRICS,
  ...PROCESSES_METRICS,
  ...PIPELINE_METRICS,
} as const satisfies Record<string, MetricRow>;

export type MetricKey = keyof typeof METRICS;

/** Keys of the rows that match `Shape`. */
export type KeysWhere<Shape> = { [K in MetricKey]: (typeof METRICS)[K] extends Shape ? K : never }[MetricKey];

/** The attributes a row takes: all of its labels, each with a value of its set. */
export type AttributesOf<K extends MetricKey> = {
  readonly [L in keyof (typeof METRICS)[K]['labels']]: (typeof METRICS)[K]['labels'][L] extends readonly (infer V)[]
    ? V
    : string;
};

/** Rows as a list, for what treats them all alike. */
export const METRIC_ROWS: readonly (MetricRow & { readonly key: MetricKey })[] = Object.entries(METRICS).map(
  ([key, row]) => ({ key: key as MetricKey, ...row }),
);
