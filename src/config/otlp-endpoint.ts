import type { Format } from './format.ts';
import { httpUrl, type Parse } from './parse.ts';
import { refuseInOpenFile } from './secret-file.ts';
import { setting } from './setting.ts';

/** The URL without the credentials that may stand in it. */
export function displayUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** A URL may carry credentials: one that cannot be read is not repeated, and they are not shown. */
const url = (parse: Parse<string>): Format<string> => ({
  secret: true,
  fromText: parse,
  fromYaml(value, { fileMode }) {
    const read = parse(value.text());
    if (new URL(read).password !== '') refuseInOpenFile(value.origin.file, fileMode);
    return read;
  },
  show: displayUrl,
  schema: httpUrl.schema ?? {},
});
const wholeUrl = url(httpUrl);
const baseUrl = url((text) => `${httpUrl(text).replace(/\/+$/, '')}/v1/metrics`);

/** Where a Collector receives metrics, for the daemon that sends them and for whoever looks whether they arrive. */
export const OTLP_ENDPOINT = setting({
  key: 'metrics-endpoint',
  flags: '--otlp-endpoint <url>',
  env: ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  format: wholeUrl,
  // The OpenTelemetry specification: the variable for one signal is the whole URL, the general one is its base.
  spellings: { endpoint: baseUrl, '--otlp-endpoint': baseUrl, OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl },
  default: 'http://127.0.0.1:4318/v1/metrics',
  help: 'OTLP/HTTP address of the Collector, without /v1/metrics (default: http://127.0.0.1:4318)',
  strict: true,
});
