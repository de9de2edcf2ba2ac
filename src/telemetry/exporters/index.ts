import type { ExporterName } from '../../contract/vocabulary.ts';
import type { Exporter, ExporterInit } from './exporter.ts';

/** Every way out, loaded when it is switched on. */
export const EXPORTER_FACTORIES: Readonly<Record<ExporterName, (init: ExporterInit) => Promise<Exporter>>> = {
  otlp: async (init) => (await import('./otlp.ts')).createOtlpExporter(init),
  prometheus: async (init) => (await import('./prometheus.ts')).createPrometheusExporter(init),
};
