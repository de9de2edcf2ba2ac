import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { messageOf, OperatorError } from '../../errors.ts';
import { exporterOf } from './push-exporter.ts';
import { RotatingFile, type RotatingFileInit } from './rotating-file.ts';

const LINE_END = Buffer.from('\n');

/** Appends each request to the file as a line of JSON. Throws an OperatorError (`config`) for one that cannot be written. */
export async function fileWriter(init: RotatingFileInit): Promise<PushMetricExporter> {
  const file = new RotatingFile(init);
  try {
    await file.open();
  } catch (error) {
    const advice = 'name another with path, or make its directory writable for this user';
    throw new OperatorError('config', `${init.path} cannot be written: ${messageOf(error)}; ${advice}`, {
      cause: error,
    });
  }
  return exporterOf(
    async (metrics) => {
      const json = JsonMetricsSerializer.serializeRequest(metrics);
      if (json === undefined) throw new Error('nothing to write');
      await file.append(Buffer.concat([json, LINE_END]));
    },
    () => file.close(),
  );
}
