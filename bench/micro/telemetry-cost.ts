/**
 * What a collection costs with many peers, in one go and in slices, in one run:
 * `node bench/micro/telemetry-cost.ts [rounds]`.
 *
 * The peers are entries of a real peer table without a network; everything from there on is the daemon's own: the
 * contract's instruments, the per-peer series, the text of a scrape, the push to a sink in a process of its own. The
 * longest turn is the longest time between two runs of an immediate that is set again and again meanwhile, garbage
 * collections included.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Connection } from '@libp2p/interface';
import { ExportResultCode } from '@opentelemetry/core';
import { MeterProvider, MetricReader, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { Instruments } from '../../src/contract/instruments.ts';
import { metricViews } from '../../src/contract/views.ts';
import { PING_ERRORS } from '../../src/contract/vocabulary.ts';
import { type ConnectionSource, PeerTable } from '../../src/peers/peer-table.ts';
import type { Prober } from '../../src/probe/prober.ts';
import { ProcessSampler } from '../../src/process/sampler.ts';
import { livePeerSeries } from '../../src/record/per-peer.ts';
import { recordAnyNode } from '../../src/record/record-all.ts';
import { inBatches } from '../../src/telemetry/exporters/in-batches.ts';
import type { OtlpProtocol } from '../../src/telemetry/exporters/otlp.ts';
import { otlpSender } from '../../src/telemetry/exporters/otlp-sender.ts';
import { exposition } from '../../src/telemetry/exposition.ts';
import { HistogramProducer } from '../../src/telemetry/histogram-producer.ts';
import { METER } from '../../src/telemetry/meter.ts';
import { PerPeerProducer } from '../../src/telemetry/per-peer-producer.ts';
import { POINTS_A_TURN } from '../../src/telemetry/turns.ts';
import { howItWasMade, median, table } from './report.ts';

const PEERS = [100, 1_000, 10_000];
const CAPS = [100, 10_000];
const TIMEOUT_MS = 20_000;

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};
}

/** A table of peers that nobody is behind of. */
function peerTable(peers: number): PeerTable {
  const node = new EventTarget() as unknown as ConnectionSource & EventTarget;
  node.getConnections = () => [];
  const peersById = new PeerTable();
  peersById.follow(node);
  for (let i = 0; i < peers; i++) {
    const connection: Partial<Connection> = Object.assign(new EventTarget(), {
      id: `connection-${i}`,
      remotePeer: { toString: () => `12D3KooW${String(i).padStart(44, 'BenchPeer')}` },
      remoteAddr: { toString: () => `/ip4/127.0.0.1/tcp/${i}` },
      direction: i % 2 === 0 ? 'inbound' : 'outbound',
      status: 'open',
    }) as never;
    node.dispatchEvent(new CustomEvent('connection:open', { detail: connection }));
  }
  return peersById;
}

/** What `record/` asks of a prober. */
function answers(): Prober {
  const errors = Object.fromEntries(PING_ERRORS.map((error) => [error, 0]));
  const pings = { rttSeconds: 0.000123456789, jitterSeconds: 0.0000123456789, failures: 3 };
  return { on: () => {}, counts: { requests: 9, responses: 9, active: 0, errors }, pings: () => pings } as never;
}

/** A reader of everything the daemon measures of any node, with the per-peer series made so many points a turn. */
function reader(peers: PeerTable, cap: number, pointsATurn: number): Reader {
  const prober = answers();
  const series = () => livePeerSeries({ table: peers, prober, cap, targets: new Set() });
  const histograms = new HistogramProducer();
  const made = new Reader({ metricProducers: [histograms, new PerPeerProducer(series, pointsATurn)] });
  const meter = new MeterProvider({ readers: [made], views: metricViews('documented') }).getMeter(METER.name);
  const sampler = new ProcessSampler();
  recordAnyNode(new Instruments(meter, histograms.store), {
    table: peers,
    prober,
    latest: () => sampler.latest(),
    version: '0',
  });
  return made;
}

interface Turns {
  readonly longestMs: number;
  readonly tookMs: number;
}

/** Does the work and looks how long the event loop was held at most. */
async function watched(work: () => Promise<unknown>): Promise<Turns> {
  let longestMs = 0;
  let lastMs = performance.now();
  const look = (): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lastMs);
    lastMs = now;
    next = setImmediate(look);
  };
  let next = setImmediate(look);
  await new Promise(setImmediate);
  longestMs = 0;
  const startedAt = performance.now();
  await work();
  const tookMs = performance.now() - startedAt;
  await new Promise(setImmediate);
  clearImmediate(next);
  return { longestMs, tookMs };
}

const compress = promisify(gzip);

/** What an HTTP reply does with the text. */
async function reply(text: string): Promise<number> {
  const bytes = Buffer.from(text);
  await compress(bytes, { level: constants.Z_BEST_SPEED });
  return bytes.byteLength;
}

async function push(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<void> {
  const result = await new Promise<{ code: ExportResultCode; error?: Error }>((done) => exporter.export(metrics, done));
  if (result.code !== ExportResultCode.SUCCESS) throw result.error ?? new Error('the push failed');
}

/** An HTTP server in a process of its own that takes everything. */
async function startSink(): Promise<{ url: string; process: ChildProcess }> {
  const script = `require('node:http').createServer((request, response) => request.resume().on('end', () => response.end()))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}/v1/metrics`, process: child };
}

const rounds = Number(process.argv[2] ?? 15);
const sink = await startSink();
const sender = (protocol: OtlpProtocol) =>
  otlpSender({
    endpoint: sink.url,
    protocol,
    compression: 'gzip',
    headers: {},
    timeoutMs: TIMEOUT_MS,
    certificate: undefined,
    clientCertificate: undefined,
    clientKey: undefined,
  });
const exporters = { protobuf: sender('http/protobuf'), json: sender('http/json') };
const rows: string[][] = [];
for (const peers of PEERS) {
  const live = peerTable(peers);
  for (const cap of CAPS) {
    const inOneGo = reader(live, cap, Number.POSITIVE_INFINITY);
    const inSlices = reader(live, cap, POINTS_A_TURN);
    const batched = (exporter: PushMetricExporter) => inBatches(exporter, { timeoutMs: TIMEOUT_MS });
    const { resourceMetrics } = await inSlices.collect();
    const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap((metric) => metric.dataPoints.length),
    );
    const text = await exposition(resourceMetrics);
    const ways: Record<string, [whole: () => Promise<unknown>, sliced: () => Promise<unknown>]> = {
      collect: [() => inOneGo.collect(), () => inSlices.collect()],
      scrape: [
        async () => reply(await exposition((await inOneGo.collect()).resourceMetrics, Number.POSITIVE_INFINITY)),
        async () => reply(await exposition((await inSlices.collect()).resourceMetrics)),
      ],
      'push, protobuf': [
        async () => push(exporters.protobuf, (await inOneGo.collect()).resourceMetrics),
        async () => push(batched(exporters.protobuf), (await inSlices.collect()).resourceMetrics),
      ],
      'push, JSON': [
        async () => push(exporters.json, (await inOneGo.collect()).resourceMetrics),
        async () => push(batched(exporters.json), (await inSlices.collect()).resourceMetrics),
      ],
    };
    for (const [what, pair] of Object.entries(ways)) {
      const [whole, sliced]: [Turns[], Turns[]] = [[], []];
      for (let round = -3; round < rounds; round++) {
        const order = round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
        for (const which of order) {
          const turns = await watched(pair[which]);
          // The first three warm the compiler up.
          if (round >= 0) [whole, sliced][which]?.push(turns);
        }
      }
      const figures = [whole, sliced].flatMap((turns) => [
        median(turns.map(({ longestMs }) => longestMs)).toFixed(1),
        Math.max(...turns.map(({ longestMs }) => longestMs)).toFixed(1),
        median(turns.map(({ tookMs }) => tookMs)).toFixed(1),
      ]);
      const total = points.reduce((sum, count) => sum + count, 0);
      rows.push([String(peers), String(cap), String(total), `${(text.length / 1e6).toFixed(2)}`, what, ...figures]);
    }
  }
}
sink.process.kill();
console.log(howItWasMade('telemetry-cost.ts'));
console.log(
  '\nTimes in ms; "turn" is the longest one the event loop was held for: median of the rounds, and the worst.\n',
);
console.log(
  table([
    [
      ...['peers', 'cap', 'points', 'text, MB', 'what'],
      ...['one go: turn', 'worst', 'whole', 'slices: turn', 'worst', 'whole'],
    ],
    ...rows,
  ]),
);
