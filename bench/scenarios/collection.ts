import { setTimeout as delay } from 'node:timers/promises';
import { type ClientResult, putLoad } from '../client.ts';
import { numberIn, scrapeOnce, scrapeRepeatedly } from '../scraper.ts';
import type { Server } from '../servers.ts';
import { startSink } from '../sink.ts';
import { spreadOf } from '../spread.ts';
import { atMost, type Figure, once, peersOf, remarksOf, type Sample, type Scenario, type Turn } from './kinds.ts';

/** The server's own pings are on, so that every series has values; a peer's ping interval ÷ 50 is the bound. */
const PING_INTERVAL_SECONDS = 5;
const COLLECT_EVERY_MS = 1000;
/** The probe: one peer that pings so often that no block of the event loop falls between two pings. */
const PROBES_A_SECOND = 200;
/** As long as the server's own loop delay looks back, so that what was before is not in it. */
const WATCH_SECONDS = 20;
const LOOP_DELAY = 'libp2p_event_loop_delay_max_seconds';

const MILLIS: Figure = { unit: 'ms', digits: 1, better: 'lower' };
const common = {
  'CPU a collection': MILLIS,
  'longest wait of a ping, without': MILLIS,
  'longest wait of a ping, with': MILLIS,
  'longest loop delay, without': MILLIS,
  'longest loop delay, with': MILLIS,
  body: { unit: 'kB', digits: 1, better: 'lower' },
  collections: { unit: '', digits: 0 },
} as const satisfies Record<string, Figure>;

/** What collecting costs, by pull and by push, with the default cap of per-peer series and with none. */
export const COLLECTION_SCENARIOS = {
  'scrape-100': scrape(100, 100),
  'scrape-1000': scrape(1000, 100),
  'scrape-1000-all': scrape(1000, 10_000),
  'scrape-10000': scrape(10_000, 100),
  'scrape-10000-all': scrape(10_000, 10_000),
  'push-100': push(100, 100),
  'push-1000': push(1000, 100),
  'push-1000-all': push(1000, 10_000),
  'push-10000': push(10_000, 100),
  'push-10000-all': push(10_000, 10_000),
} as const satisfies Record<string, Scenario>;

function scrape(peers: number, cap: number): Scenario {
  return {
    title: `${peers} peers pinged every 5 s, --per-peer-series ${cap}: a scrape a second, beside none`,
    figures: { 'scrape takes': MILLIS, ...common },
    servers: ['peermeter'],
    peers,
    measure: async (turn) => {
      const server = await turn.start({ args: argsOf(cap) });
      return withPeers(server, turn, peers, async () => {
        const without = await watch(server, turn);
        const scraper = scrapeRepeatedly(server.metrics, COLLECT_EVERY_MS);
        const during = await watch(server, turn);
        const scrapes = await scraper.stop();
        const took = { 'scrape takes': spreadOf(scrapes.map(({ millis }) => millis)).median };
        const bytes = spreadOf(scrapes.map((each) => each.bytes)).median;
        return compared(without, during, scrapes.length, bytes, took);
      });
    },
  };
}

function push(peers: number, cap: number): Scenario {
  return {
    title: `${peers} peers pinged every 5 s, --per-peer-series ${cap}: an OTLP push a second, beside none`,
    figures: common,
    servers: ['peermeter'],
    peers,
    measure: async (turn) => {
      const quiet = await turn.start({ args: argsOf(cap) });
      const without = await withPeers(quiet, turn, peers, () => watch(quiet, turn));
      await quiet.stop();
      const sink = await startSink();
      try {
        const server = await turn.start({ args: argsOf(cap), env: pushingTo(sink.url) });
        return await withPeers(server, turn, peers, async () => {
          sink.reset();
          const during = await watch(server, turn);
          const { pushes, bytes } = sink.seen();
          return compared(without, during, pushes, bytes / pushes);
        });
      } finally {
        await sink.stop();
      }
    },
  };
}

const argsOf = (cap: number): string[] => [
  ...['--per-peer-series', String(cap)],
  ...['--ping-interval', `${PING_INTERVAL_SECONDS}s`],
];

const pushingTo = (url: string): Record<string, string> => ({
  // The endpoint is there for the loop delay, which is asked for once, when the measurement is over.
  OTEL_METRICS_EXPORTER: 'otlp,prometheus',
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url,
  OTEL_METRIC_EXPORT_INTERVAL: String(COLLECT_EVERY_MS),
});

async function withPeers<T>(server: Server, turn: Turn, peers: number, work: () => Promise<T>): Promise<T> {
  const held = await putLoad(server, peersOf('hold', atMost(peers, turn)), turn.client);
  try {
    // Until everybody has been pinged, and the burst of their coming has left the loop delay's window of 20 s.
    await delay((PING_INTERVAL_SECONDS + 16) * 1000);
    return await work();
  } finally {
    await held.stop();
  }
}

interface Seen {
  readonly result: ClientResult;
  readonly loopDelayMillis: number;
}

/** What one peer that pings all the time sees of the server. */
async function watch(server: Server, turn: Turn): Promise<Seen> {
  const lasts = Math.max(WATCH_SECONDS, 2 * turn.seconds);
  const times = ['-rate', String(PROBES_A_SECOND), '-warmup', '1s', '-duration', `${lasts}s`];
  const result = await once(server, turn, [...peersOf('steady', 1, lasts), ...times]);
  const { text } = await scrapeOnce(server.metrics);
  return { result, loopDelayMillis: 1000 * numberIn(text, LOOP_DELAY) };
}

function compared(a: Seen, b: Seen, collections: number, bytes: number, more: Record<string, number> = {}): Sample {
  const longest = ({ rttMicros }: ClientResult): number => (rttMicros?.max ?? Number.NaN) / 1000;
  const extraCpu = b.result.serverCpuSeconds - a.result.serverCpuSeconds;
  return {
    figures: {
      ...more,
      'CPU a collection': (1000 * extraCpu) / collections,
      'longest wait of a ping, without': longest(a.result),
      'longest wait of a ping, with': longest(b.result),
      'longest loop delay, without': a.loopDelayMillis,
      'longest loop delay, with': b.loopDelayMillis,
      body: bytes / 1000,
      collections,
    },
    remarks: [a.result, b.result].flatMap(remarksOf),
  };
}
