import * as units from '@grafana/grafana-foundation-sdk/units';
import { histogramQuantile, increase, max, ratio, sum, topk } from '../../../prometheus/src/promql.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { dashboard } from '../dashboard.ts';
import { NEAR_LIMIT } from '../limits.ts';
import { lines } from '../lines.ts';
import { query } from '../query.ts';
import {
  ABOUT_BUSIEST,
  ABOUT_SUM,
  buckets,
  busiest,
  counts,
  inRange,
  largest,
  MOST_LINES,
  metric,
  perSecond,
} from '../scope.ts';
import { table } from '../table.ts';
import { note } from '../values.ts';

const ABOUT_SINGLE = `A daemon has series of its own for at most ${SETTINGS.perPeerSeries.default} peers (${flagOf('perPeerSeries')}), and only while they are connected. With many daemons choose some above.`;

/** A setting as the command line and the environment have it. */
function flagOf(key: 'maxPeers' | 'maxConnections' | 'perPeerSeries'): string {
  const { flags = '', env } = SETTINGS[key];
  return `\`${flags.replace(/ .*/, '')}\`, \`${env.join('`, `')}\``;
}

const WHAT_TO_RAISE = `
| reason | the limit | raise it with |
| --- | --- | --- |
| max_peers | peers at once, ${SETTINGS.maxPeers.default} by default | ${flagOf('maxPeers')} |
| max_connections | the connection pool, ${SETTINGS.maxConnections.default} by default | ${flagOf('maxConnections')} |

Those who are in notice nothing of a refusal. Before raising: is there memory (*Memory per Peer*), and are there
descriptors (dashboard *Runtime*) for as many more? Direction \`outbound\` are this daemon's own dials.
`.trim();

const connections = {
  title: 'Connections: use, churn, refusals',
  panels: [
    lines({
      title: 'Open Connections',
      description: `By the side that dialled, with the size of the pool. More than one to a peer comes about when both dial. ${ABOUT_SUM}`,
      width: 8,
      unit: units.Short,
      min: 0,
      stacked: true,
      queries: [query(sum(metric('connections'), 'direction'), '{{direction}}')],
    }),
    lines({
      title: 'Peers against Their Limit',
      description: `Peers as a share of the most a daemon admits. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(busiest(ratio(metric('peers'), metric('maxPeers'))), '{{instance}}')],
      thresholds: NEAR_LIMIT,
    }),
    lines({
      title: 'Pool: Open and Size',
      description: `Connections that are open, and how many may be. ${ABOUT_SUM}`,
      width: 8,
      unit: units.Short,
      min: 0,
      queries: [query(sum(metric('connections')), 'open'), query(sum(metric('poolSize')), 'size')],
      bound: 'size',
    }),
    lines({
      title: 'Connections Opened',
      description: `A second, by the side that dialled. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(metric('connectionsOpened')), 'direction'), '{{direction}}')],
    }),
    lines({
      title: 'Connections Closed',
      description: `A second, by reason. remote: the peer left or was killed; reset: its last bytes crossed ours; liveness: three pings in a row went unanswered; local, shutdown: this side. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(metric('connectionsClosed')), 'reason'), '{{reason}}')],
    }),
    lines({
      title: 'Age of Open Connections',
      description:
        'By percentile; of several daemons the oldest. Level while peers come and go, growing while they stay.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [query(max(metric('connectionAge'), 'percentile'), 'p{{percentile}}')],
    }),
    lines({
      title: 'Connections Denied',
      description: `Refused a second, by the limit that did it and by who dialled. The text beside it says which setting to raise. ${ABOUT_SUM}`,
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(metric('connectionsDenied')), 'reason', 'direction'), '{{reason}} {{direction}}')],
    }),
    note({
      title: 'What to Raise',
      description: 'The settings behind the limits that refuse connections.',
      width: 12,
      markdown: WHAT_TO_RAISE,
    }),
  ],
};

const single = {
  title: 'Single peers: the worst ten',
  panels: [
    lines({
      title: 'Round Trip of the Slowest',
      description: `The ${MOST_LINES} peers whose round trip was longest in the time shown. One that is far from the others is far away or overloaded; all of them up at once are this daemon. ${ABOUT_SINGLE}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      noValue: 'no peers',
      queries: [query(largest(metric('peerPingRtt')), '{{peer_id}}')],
    }),
    lines({
      title: 'Jitter of the Most Unsteady',
      description: `The ${MOST_LINES} peers whose smoothed difference between successive round trips was largest in the time shown. ${ABOUT_SINGLE}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      noValue: 'no peers',
      queries: [query(largest(metric('peerPingJitter')), '{{peer_id}}')],
    }),
    table({
      title: 'Worst Ten Now',
      description: `The ${MOST_LINES} peers with the longest last round trip, the largest jitter and the most failed pings in the time shown: up to ${3 * MOST_LINES} rows. ${ABOUT_SINGLE}`,
      width: 16,
      height: 10,
      noValue: '–',
      labels: { peer_id: 'Peer', instance: 'Daemon', job: 'Job' },
      columns: [
        { ...query(topk(MOST_LINES, metric('peerPingRtt')), 'Round trip'), unit: units.Seconds },
        { ...query(topk(MOST_LINES, metric('peerPingJitter')), 'Jitter'), unit: units.Seconds },
        {
          ...query(topk(MOST_LINES, inRange(metric('peerPingFailures'))), 'Lost'),
          unit: units.Short,
          decimals: 0,
          thresholds: [
            { from: 1, colour: 'yellow', why: 'yellow from 1.' },
            { from: 3, colour: 'red', why: 'red from 3: as many in a row close the connection.' },
          ],
        },
      ],
      sortBy: 'Round trip',
    }),
    lines({
      title: 'Lost Pings of the Worst',
      description: `Failed pings a second of the ${MOST_LINES} peers that lost most at each moment. ${ABOUT_SINGLE}`,
      width: 8,
      height: 10,
      unit: units.CountsPerSecond,
      min: 0,
      noValue: 'no peers',
      queries: [query(topk(MOST_LINES, perSecond(metric('peerPingFailures'))), '{{peer_id}}')],
    }),
  ],
};

const traffic = {
  title: 'Traffic',
  panels: [
    lines({
      title: 'Protocol Bytes Received',
      description: `Payload a second by protocol, before encryption and framing. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesPerSecondSI,
      min: 0,
      stacked: true,
      queries: [query(sum(perSecond(metric('protocolBytes', { direction: 'received' })), 'protocol'), '{{protocol}}')],
    }),
    lines({
      title: 'Protocol Bytes Sent',
      description: `Payload a second by protocol, before encryption and framing. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesPerSecondSI,
      min: 0,
      stacked: true,
      queries: [query(sum(perSecond(metric('protocolBytes', { direction: 'sent' })), 'protocol'), '{{protocol}}')],
    }),
    lines({
      title: 'Open Streams',
      description: `By protocol and by the side that opened them. One held ping stream a peer and direction is normal. ${ABOUT_SUM}`,
      width: 8,
      unit: units.Short,
      min: 0,
      queries: [query(sum(metric('streams'), 'protocol', 'direction'), '{{protocol}} {{direction}}')],
    }),
  ],
};

const dials = {
  title: 'Dials to configured targets',
  panels: [
    lines({
      title: 'Dials by Result',
      description: `Dials that ended, a second. A server that is full may count as success: the handshake was through when it hung up. ${ABOUT_SUM}`,
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(metric('dials')), 'result'), '{{result}}')],
    }),
    lines({
      title: 'Dial Duration',
      description: `From the start of a dial to its end, handshake included: the median by result, of dials within the five minutes before. ${ABOUT_SUM}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      noValue: 'no dials',
      queries: [
        query(histogramQuantile(0.5, increase(buckets('dialDuration'), '5m'), 'result'), '{{result}} p50'),
        query(sum(increase(counts('dialDuration'), '5m')), 'dials'),
      ],
      right: [{ lines: 'dials', unit: units.Short }],
    }),
  ],
};

export const peers = dashboard({
  uid: 'peermeter-peers',
  title: 'libp2p Peers',
  description: 'Who is connected, who is slow, who was refused and why, and what goes back and forth.',
  rows: [connections, single, traffic, dials],
});
