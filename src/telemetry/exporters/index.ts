import { consoleExporter } from './console.ts';
import type { ExporterModule } from './exporter.ts';
import { file } from './file.ts';
import { otlp } from './otlp.ts';
import { prometheus } from './prometheus.ts';

/** Every type of exporters. What they stand on is loaded when one is switched on. */
export const EXPORTER_TYPES: Readonly<Record<string, ExporterModule>> = {
  otlp,
  prometheus,
  console: consoleExporter,
  file,
};
