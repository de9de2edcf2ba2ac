import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { gunzipSync } from 'node:zlib';

/** One request as it came. */
export interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Without its compression. */
  readonly body: Buffer;
}

/** One metric of a request in JSON. */
export interface JsonMetric {
  readonly name: string;
  readonly sum?: JsonPoints;
  readonly gauge?: JsonPoints;
  readonly histogram?: JsonPoints;
}
export interface JsonPoints {
  readonly aggregationTemporality?: number;
  readonly dataPoints: readonly {
    readonly asDouble?: number;
    readonly startTimeUnixNano: string;
    readonly timeUnixNano: string;
    readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  }[];
}

/** An OTLP/HTTP server that keeps what it was sent. */
export interface OtlpSink {
  readonly url: string;
  readonly requests: readonly Received[];
  /** All metrics of all requests in JSON so far. */
  metrics(): JsonMetric[];
  stop(): void;
}

export interface OtlpSinkInit {
  /** @default 200 without a body */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => void;
  readonly tls?: TlsOptions;
}

export async function startOtlpSink({
  answer = (_, response) => response.end(),
  tls,
}: OtlpSinkInit = {}): Promise<OtlpSink> {
  const requests: Received[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    requests.push({ url: request.url ?? '', headers: request.headers, body });
    answer(request, response);
  };
  const server = tls === undefined ? createServer(receive) : createTlsServer(tls, receive);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    metrics: () => requests.flatMap(({ body }) => metricsOf(body.toString())),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The metrics of a request, or of a line of a file. */
export function metricsOf(json: string): JsonMetric[] {
  const { resourceMetrics } = JSON.parse(json) as { resourceMetrics: { scopeMetrics: { metrics: JsonMetric[] }[] }[] };
  return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
}
