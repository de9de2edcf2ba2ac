import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { one } from '../../config/format.ts';
import type { Parse } from '../../config/parse.ts';
import { setting } from '../../config/setting.ts';
import { exporterType } from './exporter.ts';

/** Beneath /metrics, so that no path of the daemon's own is taken. */
const PATH = /^\/metrics(\/[A-Za-z0-9._~-]+)*$/;

const path: Parse<string> = Object.assign(
  (text: string): string => {
    if (PATH.test(text.trim())) return text.trim();
    throw new Error('/metrics, or a path beneath it such as /metrics/semantic');
  },
  { schema: { type: 'string', pattern: PATH.source } },
);

/**
 * Pull: the metrics endpoint. `PrometheusExporter` brings an HTTP server of its own, without a Host check and with port
 * 0 taken for 9464; only its serializer is used here.
 */
export const prometheus = exporterType({
  help: 'the metrics endpoint, for Prometheus to ask',
  pushes: false,
  fields: {
    path: setting({
      key: 'path',
      env: [],
      format: one(path),
      default: '/metrics',
      help: 'where it answers; a second one of other naming needs another path',
    }),
  },
  unique: ({ path }) => ({ field: 'path', value: path }),
  async create({ options, producers, outcome }) {
    const [{ PullReader }, { exposition }] = await Promise.all([
      import('../pull-reader.ts'),
      import('../exposition.ts'),
    ]);
    const reader = new PullReader({ metricProducers: producers });
    const text = async (): Promise<string> => {
      const startedAt = performance.now();
      const { resourceMetrics, errors }: CollectionResult = await reader.collect();
      const took = (): number => performance.now() - startedAt;
      if (errors.length > 0) outcome.failed(took(), String(errors[0]));
      const written = await exposition(resourceMetrics);
      if (errors.length === 0) outcome.succeeded(took());
      return written;
    };
    return { reader, destination: 'the metrics endpoint', scrape: { path: options.path, text } };
  },
});
