/**
 * What it costs to record a round trip, way beside way in one run: `node --expose-gc bench/micro/recording.ts [rounds]`.
 *
 * First alone, in nanoseconds and bytes of garbage an observation. Then at saturation: pings over real connections, 50
 * connections with one ping always under way on each, each way for a third of a second in turn. Processor time and not
 * throughput, because other programs share the cores; both ends are in this process, so a server has half of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Libp2p, Stream } from '@libp2p/interface';
import { createAllowListAttributesProcessor, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { METRICS } from '../../src/contract/metrics.ts';
import { metricViews } from '../../src/contract/views.ts';
import { PING_PROTOCOL } from '../../src/contract/vocabulary.ts';
import { createNode } from '../../src/node/create-node.ts';
import { ephemeralIdentity } from '../../src/node/identity.ts';
import { FixedHistogram } from '../../src/telemetry/fixed-histogram.ts';
import { howItWasMade, median, table } from './report.ts';

const OBSERVATIONS = 2_000_000;
const STREAMS = 50;
const SLICE_MS = 300;
const SLICES_A_ROUND = 3;

type Record = (seconds: number) => void;

class Reader extends MetricReader {
  protected override onShutdown = async (): Promise<void> => {};
  protected override onForceFlush = async (): Promise<void> => {};
}

/** The SDK's histogram of the contract, its view included. */
function sdkHistogram() {
  const views = metricViews('documented').filter(({ instrumentName }) => instrumentName === METRICS.pingRtt.instrument);
  const labelled = {
    ...views[0],
    instrumentName: 'labelled',
    name: 'labelled',
    attributesProcessors: [createAllowListAttributesProcessor(['direction', 'protocol', 'transport'])],
  };
  const meter = new MeterProvider({ readers: [new Reader()], views: [...views, labelled] }).getMeter('bench');
  return { plain: meter.createHistogram(METRICS.pingRtt.instrument), labelled: meter.createHistogram('labelled') };
}

/** Observations kept until the tick is over, and then given to the SDK. */
function aTick(give: Record): Record {
  const kept = new Float64Array(1024);
  let count = 0;
  const flush = (): void => {
    for (let at = 0; at < count; at++) give(kept[at] as number);
    count = 0;
  };
  return (seconds) => {
    if (count === kept.length) flush();
    if (count === 0) setImmediate(flush);
    kept[count++] = seconds;
  };
}

function ways(): { [name: string]: Record } {
  const { plain, labelled } = sdkHistogram();
  const own = new FixedHistogram(METRICS.pingRtt.buckets);
  return {
    nothing: () => {},
    'typed array (FixedHistogram)': (seconds) => own.record(seconds),
    'SDK histogram': (seconds) => plain.record(seconds, {}),
    'SDK histogram, three attributes': (seconds) =>
      labelled.record(seconds, { direction: 'inbound', protocol: PING_PROTOCOL, transport: 'tcp' }),
    'SDK histogram, once a tick': aTick((seconds) => plain.record(seconds, {})),
  };
}

/** Round trips as they come on loopback: around 100 µs, now and then ten times that. */
const ROUND_TRIPS = Float64Array.from(
  { length: 4096 },
  (_, i) => 6e-5 + ((i * 7919) % 97) * 1e-6 * (i % 50 === 0 ? 10 : 1),
);

async function alone(record: Record): Promise<{ nanoseconds: number; garbageBytes: number }> {
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const someObservations = 10_000; // too few to fill the young generation: no collection comes between
  for (let i = 0; i < someObservations; i++) record(ROUND_TRIPS[i & 4095] as number);
  const garbageBytes = Math.max(0, (process.memoryUsage().heapUsed - heapBefore) / someObservations);
  const startedAt = performance.now();
  for (let i = 0; i < OBSERVATIONS; i++) {
    record(ROUND_TRIPS[i & 4095] as number);
    if (i % 1000 === 0) await undefined;
  }
  const nanoseconds = ((performance.now() - startedAt) * 1e6) / OBSERVATIONS;
  await sleep(0);
  return { nanoseconds, garbageBytes };
}

/** Two nodes with one connection and many ping streams, on each of which the next ping follows the answer. */
class Saturation {
  readonly #nodes: Libp2p[];
  readonly #streams: Stream[];
  #record: Record = () => {};
  #pings = 0;

  private constructor(nodes: Libp2p[], streams: Stream[]) {
    this.#nodes = nodes;
    this.#streams = streams;
    const payload = new Uint8Array(32).fill(7);
    for (const stream of streams) {
      let sentAt = performance.now();
      const next = (): void => {
        sentAt = performance.now();
        stream.send(payload);
      };
      stream.addEventListener('message', () => {
        this.#record((performance.now() - sentAt) / 1000);
        this.#pings++;
        next();
      });
      next();
    }
  }

  static async start(): Promise<Saturation> {
    const node = async (listen?: { host: string; port: number }) => {
      const made = await createNode({
        privateKey: await ephemeralIdentity(),
        ...(listen === undefined ? {} : { listen }),
      });
      await made.start();
      return made;
    };
    const server = await node({ host: '127.0.0.1', port: 0 });
    const clients = await Promise.all(Array.from({ length: STREAMS }, () => node()));
    const streams = await Promise.all(
      clients.map((client) => client.dialProtocol(server.getMultiaddrs(), PING_PROTOCOL)),
    );
    return new Saturation([server, ...clients], streams);
  }

  /** Processor time of a ping, both ends, in microseconds, while round trips are recorded this way. */
  async run(record: Record, ms: number): Promise<number> {
    this.#record = record;
    const [from, startedAt] = [this.#pings, process.cpuUsage()];
    await sleep(ms);
    const { user, system } = process.cpuUsage(startedAt);
    return (user + system) / (this.#pings - from);
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.abort(new Error('done'));
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }
}

const quartile = (values: readonly number[], nth: number): string =>
  ([...values].sort((a, b) => a - b)[Math.floor((values.length * nth) / 4)] ?? Number.NaN).toFixed(3);

const rounds = Number(process.argv[2] ?? 15);
const measured = Object.entries(ways()).map(([name, record]) => ({
  name,
  record,
  nanoseconds: [] as number[],
  garbageBytes: [] as number[],
  microsecondsAPing: [] as number[],
  againstNothing: [] as number[],
}));
for (let round = 0; round < rounds; round++) {
  for (const way of measured) {
    const { nanoseconds, garbageBytes } = await alone(way.record);
    way.nanoseconds.push(nanoseconds);
    way.garbageBytes.push(garbageBytes);
  }
}
const saturation = await Saturation.start();
await saturation.run(() => {}, 3000);
for (let round = 0; round < SLICES_A_ROUND * rounds; round++) {
  const turn = measured.map((_, at) => measured[(at + round) % measured.length] as (typeof measured)[0]);
  for (const way of turn) way.microsecondsAPing.push(await saturation.run(way.record, SLICE_MS));
  const nothing = measured[0]?.microsecondsAPing.at(-1) ?? Number.NaN;
  for (const way of measured) way.againstNothing.push((way.microsecondsAPing.at(-1) ?? Number.NaN) / nothing);
}
await saturation.stop();
console.log(howItWasMade('recording.ts'));
console.log(
  table([
    ['way', 'ns an observation', 'bytes of garbage', 'CPU µs a ping, saturated', '÷ nothing, same round (quartiles)'],
    ...measured.map(({ name, nanoseconds, garbageBytes, microsecondsAPing, againstNothing }) => [
      name,
      median(nanoseconds).toFixed(1),
      median(garbageBytes).toFixed(0),
      median(microsecondsAPing).toFixed(1),
      `${median(againstNothing).toFixed(3)} (${quartile(againstNothing, 1)}–${quartile(againstNothing, 3)})`,
    ]),
  ]),
);
