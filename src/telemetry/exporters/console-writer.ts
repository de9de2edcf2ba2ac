import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { escapeText } from '../../log/logger.ts';
import { exposition } from '../exposition.ts';
import { exporterOf } from './push-exporter.ts';

/** Writes metrics as people read them; a reader of the stream that is slow is waited for. */
export function consoleWriter(stream: Writable, now = () => new Date()): PushMetricExporter {
  return exporterOf(async (metrics) => {
    const text = await exposition(metrics);
    const lines = text.split('\n').filter((line) => !line.startsWith('# HELP') && line !== '');
    const written = [`# ${now().toISOString()}`, ...lines, ''].map(escapeText).join('\n');
    if (!stream.write(`${written}\n`)) await once(stream, 'drain');
  });
}
