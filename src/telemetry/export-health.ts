import type { Instruments } from '../contract/instruments.ts';
import { EXPORT_RESULTS, type ExportResult } from '../contract/vocabulary.ts';
import type { Logger } from '../log/logger.ts';
import type { Outcome } from './exporters/exporter.ts';

interface ExporterState {
  /** Unix seconds. */
  lastSuccess: number | undefined;
  /** Monotonic milliseconds of the first failure since the last success. */
  failingSinceMs: number | undefined;
  failures: number;
}

/**
 * How telemetry gets out: the pipeline measures itself.
 *
 * Says one line when a way out breaks and one when it works again, however often it is tried between.
 */
export class ExportHealth {
  readonly #log: Logger;
  readonly #states = new Map<string, ExporterState>();
  readonly #record: (exporter: string, result: ExportResult, seconds: number) => void;
  readonly #begin: (exporter: string) => void;

  constructor(log: Logger, instruments: Instruments) {
    this.#log = log;
    const exports = instruments.counter('telemetryExports');
    const duration = instruments.histogram('telemetryExportDuration');
    instruments.observe('telemetryLastSuccess', (observe) => {
      for (const [exporter, { lastSuccess }] of this.#states) observe(lastSuccess ?? Number.NaN, { exporter });
    });
    this.#begin = (exporter) => {
      // So that a rate exists before the first of each.
      for (const result of EXPORT_RESULTS) exports(0, { exporter, result });
      duration({ exporter });
    };
    this.#record = (exporter, result, seconds) => {
      exports(1, { exporter, result });
      duration({ exporter }).record(seconds);
    };
  }

  /** Who is to be told how the exports of this exporter end. */
  of(exporter: string, destination: () => string): Outcome {
    this.#begin(exporter);
    const state: ExporterState = { lastSuccess: undefined, failingSinceMs: undefined, failures: 0 };
    this.#states.set(exporter, state);
    return {
      succeeded: (durationMs) => {
        if (state.failingSinceMs !== undefined) {
          const after = `${Math.round((performance.now() - state.failingSinceMs) / 1000)}s`;
          const fields = { exporter, where: destination(), after, failed: state.failures };
          this.#log.info('telemetry gets out again', fields);
        }
        Object.assign(state, { lastSuccess: Date.now() / 1000, failingSinceMs: undefined, failures: 0 });
        this.#record(exporter, 'success', durationMs / 1000);
      },
      failed: (durationMs, reason) => {
        state.failures++;
        if (state.failingSinceMs === undefined) {
          state.failingSinceMs = performance.now();
          const fields = { exporter, where: destination(), reason };
          this.#log.warn('telemetry does not get out, will keep trying', fields);
        }
        this.#record(exporter, 'failure', durationMs / 1000);
      },
    };
  }
}
