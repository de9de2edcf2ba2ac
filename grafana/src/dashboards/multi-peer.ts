import * as units from '@grafana/grafana-foundation-sdk/units';
import { histogramQuantile, max, min, ratio, sum } from '../../../prometheus/src/promql.ts';
import { dashboard } from '../dashboard.ts';
import { LOSS, NEAR_LIMIT } from '../limits.ts';
import { lines } from '../lines.ts';
import { query } from '../query.ts';
import { ABOUT_BUSIEST, ABOUT_SUM, buckets, busiest, inRange, metric, perSecond } from '../scope.ts';
import { bars, stat } from '../values.ts';

const peers = sum(metric('peers'));
const failing = ratio(sum(perSecond(metric('pingErrors'))), sum(perSecond(metric('pingRequests'))));
const rtt = (q: number) => histogramQuantile(q, perSecond(buckets('pingRtt')));
const lasted = (q: number) => histogramQuantile(q, inRange(buckets('connectionDuration')));
const bytes = (way: 'ioRead' | 'ioWrite') => sum(perSecond(metric(way)));

const now = {
  title: 'Now',
  panels: [
    stat({
      title: 'Peers',
      description: `Remote peers with an open connection. ${ABOUT_SUM}`,
      width: 4,
      unit: units.Short,
      queries: [query(peers, 'peers')],
    }),
    stat({
      title: 'Fullest Pool',
      description: 'The largest share of its connection pool that a daemon uses.',
      width: 4,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(max(metric('poolUtilization')), 'pool')],
      thresholds: NEAR_LIMIT,
    }),
    stat({
      title: 'Refused',
      description: `Connections that a limit refused in the time shown, whichever limit it was. ${ABOUT_SUM}`,
      width: 4,
      unit: units.Short,
      decimals: 0,
      queries: [query(sum(inRange(metric('connectionsDenied'))), 'refused')],
      thresholds: [
        {
          from: 1,
          colour: 'yellow',
          why: 'Yellow from 1: a limit is too low, or somebody knocks who should not. The dashboard Peers says which limit.',
        },
      ],
    }),
    stat({
      title: 'Pings',
      description: `Pings answered a second. ${ABOUT_SUM}`,
      width: 4,
      unit: units.CountsPerSecond,
      queries: [query(sum(perSecond(metric('pingResponses'))), 'answered')],
    }),
    stat({
      title: 'Round Trip p95',
      description: `95 of 100 pings are answered faster. ${ABOUT_SUM}`,
      width: 4,
      unit: units.Seconds,
      noValue: 'no pings',
      queries: [query(rtt(0.95), 'p95')],
    }),
    stat({
      title: 'Pings That Fail',
      description: `Failed pings as a share of those begun. ${ABOUT_SUM}`,
      width: 4,
      unit: units.PercentUnit,
      min: 0,
      noValue: 'no pings',
      queries: [query(failing, 'failed')],
      thresholds: LOSS,
    }),
  ],
};

const connections = {
  title: 'Peers and connections',
  panels: [
    lines({
      title: 'Concurrent Peer Connections',
      description: `Remote peers with at least one open connection, and the lowest limit among these daemons. ${ABOUT_BUSIEST}`,
      width: 12,
      unit: units.Short,
      min: 0,
      decimals: 0,
      queries: [query(busiest(metric('peers')), '{{instance}}'), query(min(metric('maxPeers')), 'lowest limit')],
      bound: 'lowest limit',
    }),
    lines({
      title: 'Connection Pool Utilization',
      description: `Open connections as a share of the pool, 0 to 100 %. Peers beyond it are refused as max_connections. ${ABOUT_BUSIEST}`,
      width: 12,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(busiest(metric('poolUtilization')), '{{instance}}')],
      thresholds: NEAR_LIMIT,
    }),
    lines({
      title: 'Connection Rate',
      description: `Connections a second that were opened, that ended, and that a limit refused. Opened and closed alike with a level number of peers is churn. ${ABOUT_SUM}`,
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [
        query(sum(perSecond(metric('connectionsOpened'))), 'opened'),
        query(sum(perSecond(metric('connectionsClosed'))), 'closed'),
        query(sum(perSecond(metric('connectionsDenied'))), 'refused'),
      ],
    }),
    bars({
      title: 'Connection Duration Distribution',
      description: `How long connections lasted that closed in the time shown, and how old those are that are open now (of several daemons the oldest). Of the closed ones there is nothing until one has closed. ${ABOUT_SUM}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      queries: [
        query(lasted(0.5), 'closed, p50'),
        query(lasted(0.95), 'closed, p95'),
        query(lasted(0.99), 'closed, p99'),
        query(max(metric('connectionAge'), 'percentile'), 'open, p{{percentile}}'),
      ],
    }),
  ],
};

const costs = {
  title: 'What a peer costs',
  panels: [
    lines({
      title: 'Memory per Peer',
      description: `All: the resident set shared out over the peers, which falls with each that joins. Growth: what the peers added to the process without peers; it is level while nothing leaks. ${ABOUT_BUSIEST}`,
      width: 12,
      unit: units.BytesIEC,
      min: 0,
      queries: [
        query(busiest(metric('memoryPerPeer')), 'all {{instance}}'),
        query(busiest(metric('memoryPerPeerMarginal')), 'growth {{instance}}'),
      ],
    }),
    lines({
      title: 'Total Memory',
      description: `Resident set of each daemon. It hardly falls when peers leave: V8 keeps pages for the next ones. ${ABOUT_BUSIEST}`,
      width: 12,
      unit: units.BytesIEC,
      min: 0,
      queries: [query(busiest(metric('memoryRss')), '{{instance}}')],
    }),
    lines({
      title: 'Resource Efficiency',
      description: `What a peer takes: processor in percent of a core and memory (right), and descriptors. One connection is one descriptor; what is above 1 is the process's own. ${ABOUT_SUM}`,
      width: 12,
      unit: units.Short,
      min: 0,
      queries: [
        query(ratio(sum(metric('fdCount')), peers), 'descriptors a peer'),
        query(ratio(sum(metric('cpuUsage')), peers), 'processor a peer'),
        query(ratio(sum(metric('memoryRss')), peers), 'memory a peer'),
      ],
      right: [
        { lines: 'processor a peer', unit: units.Percent },
        { lines: 'memory a peer', unit: units.BytesIEC },
      ],
    }),
    lines({
      title: 'Bandwidth per Peer',
      description: `Bytes a second on the libp2p sockets for each peer. Pings once a second in both directions are 124 of each. ${ABOUT_SUM}`,
      width: 12,
      unit: units.BytesPerSecondSI,
      min: 0,
      queries: [query(ratio(bytes('ioRead'), peers), 'received'), query(ratio(bytes('ioWrite'), peers), 'sent')],
    }),
  ],
};

const pings = {
  title: 'Pings: rate, errors, duration',
  panels: [
    lines({
      title: 'Ping Rate',
      description: `Pings begun and answered a second, and how many are under way at the moment. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [
        query(sum(perSecond(metric('pingRequests'))), 'begun'),
        query(sum(perSecond(metric('pingResponses'))), 'answered'),
        query(sum(metric('activePings')), 'under way'),
      ],
      right: [{ lines: 'under way', unit: units.Short }],
    }),
    lines({
      title: 'Ping Errors',
      description: `Failed pings a second by reason, and timeouts as counted on their own. A few as disconnected are normal while peers leave. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [
        query(sum(perSecond(metric('pingErrors')), 'reason'), '{{reason}}'),
        query(sum(perSecond(metric('pingTimeouts'))), 'timeouts'),
      ],
    }),
    lines({
      title: 'Performance Under Load',
      description: `Round trips by percentile, and failed pings as a share of those begun (right). Both long and failing: look at the event loop on the dashboard Runtime. Round trips are told apart down to 50 µs. ${ABOUT_SUM}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      noValue: 'no pings',
      queries: [query(rtt(0.5), 'p50'), query(rtt(0.95), 'p95'), query(rtt(0.99), 'p99'), query(failing, 'failed')],
      right: [{ lines: 'failed', unit: units.PercentUnit }],
    }),
  ],
};

const inside = {
  title: 'Inside',
  panels: [
    lines({
      title: 'Memory Allocation Patterns',
      description: `Heap in use by V8's spaces, and the buffers outside it. new_space goes up and down; old_space that grows from one major collection to the next at a level number of peers is a leak. ${ABOUT_SUM}`,
      width: 12,
      unit: units.BytesIEC,
      min: 0,
      stacked: true,
      queries: [
        query(sum(metric('heapUsed'), 'v8js_heap_space_name'), '{{v8js_heap_space_name}}'),
        query(sum(metric('heapExternal')), 'outside the heap'),
      ],
    }),
    lines({
      title: 'Resource Lifecycles',
      description: `Connections, streams, dials and pings that have begun and not ended. What only grows is not given back. ${ABOUT_SUM}`,
      width: 6,
      unit: units.Short,
      min: 0,
      queries: [query(sum(metric('activeResources'), 'resource_type'), '{{resource_type}}')],
    }),
    lines({
      title: 'Allocations and Deallocations',
      description: `Those begun and those ended, a second. ${ABOUT_SUM}`,
      width: 6,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [
        query(sum(perSecond(metric('resourceAllocations')), 'resource_type'), '{{resource_type}} begun'),
        query(sum(perSecond(metric('resourceDeallocations')), 'resource_type'), '{{resource_type}} ended'),
      ],
    }),
  ],
};

/** The dashboard that the documentation promises, at `/d/multi-peer`. */
export const multiPeer = dashboard({
  uid: 'multi-peer',
  title: 'libp2p Multi-Peer Resource Monitoring',
  description: 'What a libp2p server costs while many peers are connected to it, and how well it answers them.',
  rows: [now, connections, costs, pings, inside],
});
