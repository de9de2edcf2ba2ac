import { putLoad } from '../client.ts';
import { openDescriptors } from '../processes.ts';
import { scrapeOnce, scrapeRepeatedly, seriesIn } from '../scraper.ts';
import { spreadOf } from '../spread.ts';
import { atMost, type Figure, LATENCY, latency, once, peersOf, remarksOf, type Scenario, share } from './kinds.ts';

const PEERS = 50;
const MEGABYTES: Figure = { unit: 'MiB', digits: 1, better: 'lower' };
const mebi = (bytes: number): number => bytes / 2 ** 20;

/** The load that the documented reference was built for; `bench/reference.ts` has what that one came to. */
export const REFERENCE_SCENARIO = {
  title: '50 peers, 1 ping/s from each, a scrape a second, server and client on the same 2 cores',
  figures: {
    'all in after': { unit: 'ms', digits: 0, better: 'lower' },
    'RSS when empty': MEGABYTES,
    'RSS with 50 peers': MEGABYTES,
    'RSS a peer': MEGABYTES,
    'server CPU': { unit: '% of a core', digits: 2, better: 'lower' },
    'CPU a peer': { unit: '% of a core', digits: 3, better: 'lower' },
    'open descriptors': { unit: '', digits: 0, better: 'lower' },
    'descriptors a peer': { unit: '', digits: 2, better: 'lower' },
    'scrape takes': { unit: 'ms', digits: 2, better: 'lower' },
    'scrape body': { unit: 'kB', digits: 1 },
    series: { unit: '', digits: 0 },
    'RTT p50': LATENCY,
    'RTT p99': LATENCY,
  },
  servers: ['peermeter'],
  peers: PEERS,
  unpinned: true,
  measure: async (turn) => {
    const peers = atMost(PEERS, turn);
    const server = await turn.start();
    const crowd = await once(server, turn, peersOf('connect', peers));
    await server.stop();

    const quiet = await turn.start();
    const empty = await quiet.memory();
    await scrapeOnce(quiet.metrics); // the connection that scrapes is no peer's
    const emptyDescriptors = await openDescriptors(quiet.pid);
    const lasts = 2 * turn.seconds;
    const times = ['-rate', '1', '-warmup', '2s', '-duration', `${lasts}s`];
    const scraper = scrapeRepeatedly(quiet.metrics, 1000);
    const busy = await once(quiet, turn, [...peersOf('steady', peers, lasts), ...times]);
    const scrapes = await scraper.stop();

    const held = await putLoad(quiet, peersOf('hold', peers), turn.client);
    try {
      const full = await quiet.memory();
      const descriptors = await openDescriptors(quiet.pid);
      const { text, bytes } = await scrapeOnce(quiet.metrics);
      return {
        figures: {
          'all in after': crowd.seconds * 1000,
          'RSS when empty': mebi(empty),
          'RSS with 50 peers': mebi(full),
          'RSS a peer': mebi(full - empty) / peers,
          'server CPU': share(busy.serverCpuSeconds, busy),
          'CPU a peer': share(busy.serverCpuSeconds, busy) / peers,
          'open descriptors': descriptors,
          'descriptors a peer': (descriptors - emptyDescriptors) / peers,
          'scrape takes': spreadOf(scrapes.map(({ millis }) => millis)).median,
          'scrape body': bytes / 1000,
          series: seriesIn(text),
          ...latency(busy),
        },
        remarks: [crowd, busy, held.result].flatMap(remarksOf),
      };
    } finally {
      await held.stop();
    }
  },
} as const satisfies Scenario;
