import type { IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { ExporterFields, ExporterType, OptionsOf, OptionsProblem, PushTimes } from '../../config/exporter-type.ts';

/** What an exporter is made from. */
export interface ExporterInit<Options = Readonly<Record<string, unknown>>> {
  readonly options: Options;
  /** Of a type that pushes. */
  readonly push: PushTimes;
  /** Where all of its metrics come from, under the names it is to give them. */
  readonly producers: MetricProducer[];
  readonly outcome: Outcome;
}

/** Is told how each push or scrape ended. */
export interface Outcome {
  succeeded(durationMs: number): void;
  failed(durationMs: number, reason: string): void;
}

/** One way out for the telemetry. */
export interface Exporter {
  readonly reader: IMetricReader;
  /** Where it goes, for people: without what may be secret. */
  readonly destination: string;
  /** For an exporter that is asked: the path it answers on, and the metrics now in the Prometheus text format. */
  readonly scrape?: Scrape;
}

export interface Scrape {
  readonly path: string;
  readonly text: () => Promise<string>;
}

/** A type of exporters: what can be said of it, and how one is made. */
export interface ExporterModule extends ExporterType {
  /** Throws an OperatorError for a way out that cannot be had (a file that cannot be written). */
  create(init: ExporterInit): Promise<Exporter>;
}

/** What a file of this folder says of its type. */
export interface ExporterDefinition<F extends ExporterFields> {
  readonly help: string;
  readonly pushes: boolean;
  readonly fields: F;
  verify?(options: OptionsOf<F>, isStandard: boolean): readonly OptionsProblem[];
  unique?(options: OptionsOf<F>): { readonly field: string; readonly value: string };
  /** Loads what it stands on when it is called: `--help` shows the fields, and must not load it. */
  create(init: ExporterInit<OptionsOf<F>>): Promise<Exporter>;
}

/** Gives the options of a type the types of its fields. */
export function exporterType<const F extends ExporterFields>(definition: ExporterDefinition<F>): ExporterModule {
  // The loader of the configuration has read the options by these very fields.
  return definition as unknown as ExporterModule;
}
