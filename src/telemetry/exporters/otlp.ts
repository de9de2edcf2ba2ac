import { one, optional } from '../../config/format.ts';
import { headers } from '../../config/headers.ts';
import { displayUrl, OTLP_ENDPOINT } from '../../config/otlp-endpoint.ts';
import { duration, flag, oneOf, trueOrFalse } from '../../config/parse.ts';
import { setting } from '../../config/setting.ts';
import { exporterType } from './exporter.ts';
import { leavesInPlain } from './plain-http.ts';
import { temporality } from './temporality.ts';
import { certificateFile, privateKeyFile, tlsProblem } from './tls-files.ts';

/** What it may be told to speak. */
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];
const COMPRESSIONS = ['gzip', 'none'] as const;

const FIELDS = {
  endpoint: OTLP_ENDPOINT,
  insecure: setting({
    key: 'insecure',
    flags: '--otlp-insecure',
    env: ['OTEL_EXPORTER_OTLP_METRICS_INSECURE', 'OTEL_EXPORTER_OTLP_INSECURE'],
    format: one(flag),
    spellings: {
      OTEL_EXPORTER_OTLP_METRICS_INSECURE: one(trueOrFalse),
      OTEL_EXPORTER_OTLP_INSECURE: one(trueOrFalse),
    },
    default: false,
    help: 'allow plain http to another machine',
  }),
  protocol: setting({
    key: 'protocol',
    env: ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    format: one(oneOf(PROTOCOLS)),
    default: 'http/protobuf' as OtlpProtocol,
    help: 'http/protobuf or http/json',
  }),
  compression: setting({
    key: 'compression',
    env: ['OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'OTEL_EXPORTER_OTLP_COMPRESSION'],
    format: one(oneOf(COMPRESSIONS)),
    // A tenth of the bytes.
    default: 'gzip' as (typeof COMPRESSIONS)[number],
    help: 'gzip or none',
  }),
  timeout: setting<number | undefined>({
    key: 'timeout',
    env: ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
    format: optional(one(duration(0, 3_600_000))),
    spellings: {
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: optional(one(duration(0, 3_600_000, 'ms'))),
      OTEL_EXPORTER_OTLP_TIMEOUT: optional(one(duration(0, 3_600_000, 'ms'))),
    },
    default: undefined,
    help: 'a push that takes longer has failed (default: export-timeout)',
  }),
  temporality: temporality(['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE']),
  headers: setting({
    key: 'headers',
    env: ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
    format: headers,
    default: {},
    help: 'HTTP headers; in a file each a text, { file: PATH } or { credential: NAME }',
    strict: true,
  }),
  certificate: setting({
    key: 'certificate',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
    format: certificateFile,
    default: undefined,
    help: 'file of the certificates to trust (default: those of Node.js)',
    strict: true,
  }),
  clientCertificate: setting({
    key: 'client-certificate',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE', 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'],
    format: certificateFile,
    default: undefined,
    help: 'file of the certificate to show the other side',
    strict: true,
  }),
  clientKey: setting({
    key: 'client-key',
    env: ['OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY', 'OTEL_EXPORTER_OTLP_CLIENT_KEY'],
    format: privateKeyFile,
    default: undefined,
    help: 'file of its private key, readable by its owner only',
    strict: true,
  }),
};

/** Push: OTLP over HTTP to a Collector, or to whatever else takes it. */
export const otlp = exporterType({
  help: 'push to a Collector, or whatever else takes OTLP over HTTP',
  pushes: true,
  fields: FIELDS,
  verify(options, isStandard) {
    const { endpoint, insecure } = options;
    if (!insecure && leavesInPlain(endpoint)) {
      const allow = isStandard
        ? '--otlp-insecure, OTEL_EXPORTER_OTLP_INSECURE=true or insecure: true'
        : 'insecure: true';
      const { host } = new URL(endpoint);
      const problem = `is plain http to ${host}, which others can read on its way: use https://, or allow it with ${allow}`;
      return [{ field: 'endpoint', problem }];
    }
    const problem = tlsProblem(options);
    return problem === undefined ? [] : [problem];
  },
  async create({ options, push, producers, outcome }) {
    const [{ otlpSender }, { pushReader }] = await Promise.all([import('./otlp-sender.ts'), import('./push.ts')]);
    const exporter = otlpSender({ ...options, timeoutMs: push.timeoutMs });
    const reader = pushReader({ exporter, temporality: options.temporality, push, producers, outcome });
    return { reader, destination: displayUrl(options.endpoint) };
  },
});
