import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { createOtlpHttpExportDelegate, httpAgentFactoryFromOptions } from '@opentelemetry/otlp-exporter-base/node-http';
import {
  JsonMetricsSerializer,
  MetricsExporterMetricsHelper,
  ProtobufMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Headers } from '../../config/headers.ts';
import { VERSION } from '../../version.ts';
import type { OtlpProtocol } from './otlp.ts';
import { type TlsFiles, tlsOptions } from './tls-files.ts';

export interface OtlpSenderInit extends TlsFiles {
  readonly endpoint: string;
  readonly protocol: OtlpProtocol;
  readonly compression: 'gzip' | 'none';
  readonly headers: Headers;
  readonly timeoutMs: number;
}

const SPOKEN = {
  'http/json': { serializer: JsonMetricsSerializer, contentType: 'application/json' },
  'http/protobuf': { serializer: ProtobufMetricsSerializer, contentType: 'application/x-protobuf' },
} as const;

/**
 * OpenTelemetry's exporter, told everything it is to know.
 *
 * Not its `OTLPMetricExporter`: that one adds what stands in `OTEL_EXPORTER_OTLP_HEADERS` to the headers it is given, so
 * that a token for one server would go to every other one too.
 */
export function otlpSender(init: OtlpSenderInit): PushMetricExporter {
  const { serializer, contentType } = SPOKEN[init.protocol];
  const given = Object.entries(init.headers);
  const delegate = createOtlpHttpExportDelegate(
    {
      url: init.endpoint,
      // Asked for at each request.
      headers: async () => ({
        ...Object.fromEntries(given.map(([name, value]) => [name, value.reveal()])),
        'Content-Type': contentType,
      }),
      compression: init.compression as never,
      timeoutMillis: init.timeoutMs,
      concurrencyLimit: 1,
      agentFactory: httpAgentFactoryFromOptions({ keepAlive: true, ...tlsOptions(init) }),
      userAgent: `peermeter/${VERSION}`,
    },
    serializer,
    'otlp_http_metric_exporter',
    MetricsExporterMetricsHelper,
    undefined,
  );
  return new OTLPMetricExporterBase(delegate, {}) as unknown as PushMetricExporter;
}
