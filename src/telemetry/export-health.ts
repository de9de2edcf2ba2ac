import type { Instruments } from '../contract/instruments.ts';
import { EXPORTERS, type ExporterName, type ExportResult } from '../contract/vocabulary.ts';
import type { Logger } from '../log/logger.ts';

interface ExporterState {
  /** Unix seconds. */
  lastSuccess: number | undefined;
  /** Monotonic milliseconds of the first failure since the last success. */
  failingSinceMs: number | undefined;
  failures: number;
}

type Observer = (exporter: ExporterName, result: ExportResult, seconds: number) => void;

/**
 * How telemetry gets out: the pipeline measures itself.
 *
 * Says one line when a way out breaks and one when it works again, however often it is tried between.
 */
export class ExportHealth {
  readonly #log: Logger;
  readonly #states = new Map<ExporterName, ExporterState>();
  #observer: Observer = () => {};

  constructor(log: Logger) {
    this.#log = log;
  }

  /** From now on the outcomes are recorded; only for the exporters that are switched on. */
  recordTo(instruments: Instruments): void {
    const exports = instruments.counter('telemetryExports');
    const duration = instruments.histogram('telemetryExportDuration');
    instruments.observe('telemetryLastSuccess', (observe) => {
      for (const exporter of EXPORTERS) observe(this.#states.get(exporter)?.lastSuccess ?? Number.NaN, { exporter });
    });
    this.#observer = (exporter, result, seconds) => {
      exports(1, { exporter, result });
      duration({ exporter }).record(seconds);
    };
  }

  succeeded(exporter: ExporterName, durationMs: number, where: string): void {
    const state = this.#state(exporter);
    if (state.failingSinceMs !== undefined) {
      const seconds = Math.round((performance.now() - state.failingSinceMs) / 1000);
      this.#log.info('telemetry gets out again', { exporter, where, after: `${seconds}s`, failed: state.failures });
    }
    Object.assign(state, { lastSuccess: Date.now() / 1000, failingSinceMs: undefined, failures: 0 });
    this.#observer(exporter, 'success', durationMs / 1000);
  }

  failed(exporter: ExporterName, durationMs: number, where: string, reason: string): void {
    const state = this.#state(exporter);
    state.failures++;
    if (state.failingSinceMs === undefined) {
      state.failingSinceMs = performance.now();
      this.#log.warn('telemetry does not get out, will keep trying', { exporter, where, reason });
    }
    this.#observer(exporter, 'failure', durationMs / 1000);
  }

  #state(exporter: ExporterName): ExporterState {
    const known = this.#states.get(exporter);
    if (known !== undefined) return known;
    const state: ExporterState = { lastSuccess: undefined, failingSinceMs: undefined, failures: 0 };
    this.#states.set(exporter, state);
    return state;
  }
}
