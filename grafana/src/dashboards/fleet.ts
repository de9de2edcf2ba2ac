import * as units from '@grafana/grafana-foundation-sdk/units';
import { above, count, max, min, orZero, quantileAcross, ratioWithin, sum } from '../../../prometheus/src/promql.ts';
import { dashboard } from '../dashboard.ts';
import { LOOP_DELAY, LOSS, NEAR_FAILURE, NEAR_LIMIT } from '../limits.ts';
import { lines } from '../lines.ts';
import { query } from '../query.ts';
import { largest, MOST_LINES, metric, record } from '../scope.ts';
import { table } from '../table.ts';
import type { Threshold } from '../thresholds.ts';
import { stat } from '../values.ts';
import { placeholder } from '../variables.ts';

const RECORDING = 'From the recording rules (prometheus/rules/recording.yml).';
const ABOUT_LARGEST = `The ${MOST_LINES} daemons where it was largest in the time shown.`;
const ABOUT_SPREAD = 'The median daemon stands for most of them; far above it are outliers, which the rows below name.';

const p95 = max(record('pingRtt', { quantile: '0.95' }), 'job', 'instance');
const timesMedian = ratioWithin(p95, quantileAcross(0.5, p95, 'job'));

const OUTLIER: readonly Threshold[] = [
  { from: 3, colour: 'yellow', why: 'yellow from 3 times the median of its job: beyond what load alone explains.' },
  { from: 10, colour: 'red', why: 'red from 10 times the median of its job.' },
];

const DAEMON_OF_THE_ROW = `/d/multi-peer?${[
  placeholder('datasource:queryparam'),
  `var-job=${placeholder('__data.fields.Job')}`,
  `var-instance=${placeholder('__value.raw')}`,
  placeholder('__url_time_range'),
].join('&')}`;

const size = {
  title: 'How many, and how they are',
  panels: [
    stat({
      title: 'Daemons',
      description: 'Daemons whose telemetry arrives.',
      width: 4,
      unit: units.Short,
      queries: [query(count(metric('buildInfo')), 'daemons')],
    }),
    stat({
      title: 'Peers',
      description:
        'Remote peers of all daemons together. Two daemons that are connected to each other are two of them.',
      width: 4,
      unit: units.Short,
      queries: [query(sum(metric('peers')), 'peers')],
    }),
    stat({
      title: 'Near a Peer Limit',
      description: `Daemons with more than 80 % of the peers they admit. ${RECORDING}`,
      width: 4,
      unit: units.Short,
      queries: [query(orZero(count(above(0.8, record('peersUse')))), 'daemons')],
      thresholds: [{ from: 1, colour: 'yellow', why: 'Yellow from 1: its next peers are about to be refused.' }],
    }),
    stat({
      title: 'Refusing',
      description: `Daemons that refused a connection in the last minute. ${RECORDING}`,
      width: 4,
      unit: units.Short,
      queries: [query(orZero(count(above(0, record('denied')))), 'daemons')],
      thresholds: [{ from: 1, colour: 'yellow', why: 'Yellow from 1: a limit has been reached.' }],
    }),
    stat({
      title: 'Slow against the Others',
      description: `Daemons whose p95 round trip is more than 3 times that of the median daemon of their job. ${RECORDING}`,
      width: 4,
      unit: units.Short,
      queries: [query(orZero(count(above(3, timesMedian))), 'daemons')],
      thresholds: [{ from: 1, colour: 'yellow', why: 'Yellow from 1: the table below has it on top.' }],
    }),
    stat({
      title: 'Versions',
      description: 'Different versions that are running. More than one is normal during a roll-out, not after it.',
      width: 4,
      unit: units.Short,
      queries: [query(count(count(metric('buildInfo'), 'version')), 'versions')],
    }),
    lines({
      title: 'Peers by Job',
      description: 'All daemons of a job together.',
      width: 8,
      unit: units.Short,
      min: 0,
      queries: [query(sum(metric('peers'), 'job'), '{{job}}')],
    }),
    lines({
      title: 'Peers a Daemon',
      description: `How evenly peers are spread. ${ABOUT_SPREAD}`,
      width: 8,
      unit: units.Short,
      min: 0,
      queries: [
        query(max(metric('peers')), 'most'),
        query(quantileAcross(0.5, metric('peers')), 'median daemon'),
        query(min(metric('peers')), 'fewest'),
      ],
    }),
    lines({
      title: 'Round Trip p95 a Daemon',
      description: `${ABOUT_SPREAD} ${RECORDING}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      noValue: 'no pings',
      queries: [
        query(max(p95), 'slowest'),
        query(quantileAcross(0.9, p95), 'slower than 90 % of daemons'),
        query(quantileAcross(0.5, p95), 'median daemon'),
      ],
    }),
  ],
};

const daemons = {
  title: 'Each daemon',
  panels: [
    table({
      title: 'Daemons',
      description: `One row a daemon, the slowest on top; sort and filter by the headings, a click on a daemon opens its own dashboard. × median is its p95 round trip against that of the median daemon of its job. Refused is a second, over the last minute. ${RECORDING}`,
      width: 24,
      height: 12,
      labels: { instance: 'Daemon', job: 'Job' },
      columns: [
        { ...query(sum(metric('peers'), 'job', 'instance'), 'Peers'), unit: units.Short },
        {
          ...query(max(record('peersUse'), 'job', 'instance'), 'Of limit'),
          unit: units.PercentUnit,
          thresholds: NEAR_LIMIT,
        },
        {
          ...query(max(metric('poolUtilization'), 'job', 'instance'), 'Pool'),
          unit: units.PercentUnit,
          thresholds: NEAR_LIMIT,
        },
        { ...query(max(record('pingRtt', { quantile: '0.5' }), 'job', 'instance'), 'p50'), unit: units.Seconds },
        { ...query(p95, 'p95'), unit: units.Seconds },
        { ...query(max(record('pingRtt', { quantile: '0.99' }), 'job', 'instance'), 'p99'), unit: units.Seconds },
        { ...query(timesMedian, '× median'), unit: units.Short, decimals: 1, thresholds: OUTLIER },
        {
          ...query(max(record('pingErrors'), 'job', 'instance'), 'Failing'),
          unit: units.PercentUnit,
          thresholds: LOSS,
        },
        { ...query(max(record('denied'), 'job', 'instance'), 'Refused'), unit: units.CountsPerSecond },
        { ...query(max(metric('cpuUsage'), 'job', 'instance'), 'CPU'), unit: units.Percent },
        { ...query(max(metric('memoryRss'), 'job', 'instance'), 'Memory'), unit: units.BytesIEC },
        {
          ...query(max(record('descriptorsUse'), 'job', 'instance'), 'Descriptors'),
          unit: units.PercentUnit,
          thresholds: NEAR_FAILURE,
        },
        {
          ...query(max(record('heapUse'), 'job', 'instance'), 'Heap'),
          unit: units.PercentUnit,
          thresholds: NEAR_FAILURE,
        },
      ],
      sortBy: '× median',
      links: {
        instance: {
          title: 'This daemon alone',
          url: DAEMON_OF_THE_ROW,
        },
      },
    }),
  ],
};

const worst = {
  title: 'The largest ten',
  panels: [
    lines({
      title: 'Slowest',
      description: `p95 of round trips. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      noValue: 'no pings',
      queries: [query(largest(record('pingRtt', { quantile: '0.95' })), '{{instance}}')],
    }),
    lines({
      title: 'Most Pings Failing',
      description: `As a share of those begun. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      noValue: 'no pings',
      queries: [query(largest(record('pingErrors')), '{{instance}}')],
      thresholds: LOSS,
    }),
    lines({
      title: 'Most Refusing',
      description: `Connections refused a second. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(largest(record('denied')), '{{instance}}')],
    }),
    lines({
      title: 'Nearest to the Peer Limit',
      description: `Peers as a share of the most a daemon admits. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(largest(record('peersUse')), '{{instance}}')],
      thresholds: NEAR_LIMIT,
    }),
    lines({
      title: 'Nearest to the Descriptor Limit',
      description: `Open descriptors as a share of the limit. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(largest(record('descriptorsUse')), '{{instance}}')],
      thresholds: NEAR_FAILURE,
    }),
    lines({
      title: 'Nearest to the Heap Limit',
      description: `Heap in use as a share of the size at which V8 gives up. ${ABOUT_LARGEST} ${RECORDING}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(largest(record('heapUse')), '{{instance}}')],
      thresholds: NEAR_FAILURE,
    }),
    lines({
      title: 'Most Memory a Peer',
      description: `Growth over the process without peers, shared out over them. ${ABOUT_LARGEST}`,
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      queries: [query(largest(metric('memoryPerPeerMarginal')), '{{instance}}')],
    }),
    lines({
      title: 'Most Processor Time',
      description: `100 % is one core. ${ABOUT_LARGEST}`,
      width: 8,
      unit: units.Percent,
      min: 0,
      queries: [query(largest(metric('cpuUsage')), '{{instance}}')],
    }),
    lines({
      title: 'Latest Event Loop',
      description: `p99 of its delay over the last 10 to 20 s. ${ABOUT_LARGEST}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [query(largest(metric('eventLoopDelayP99')), '{{instance}}')],
      thresholds: LOOP_DELAY,
    }),
  ],
};

const versions = {
  title: 'What is running',
  panels: [
    lines({
      title: 'Daemons by Version',
      description: 'A roll-out is one line falling and another rising.',
      width: 12,
      unit: units.Short,
      min: 0,
      decimals: 0,
      stacked: true,
      queries: [query(count(metric('buildInfo'), 'version'), '{{version}}')],
    }),
    table({
      title: 'Versions and Platforms',
      description: 'How many daemons run which version, on which Node.js and platform.',
      width: 12,
      labels: { version: 'Version', node_version: 'Node.js', platform: 'Platform' },
      columns: [
        {
          ...query(count(metric('buildInfo'), 'version', 'node_version', 'platform'), 'Daemons'),
          unit: units.Short,
          decimals: 0,
        },
      ],
      sortBy: 'Daemons',
    }),
  ],
};

export const fleet = dashboard({
  uid: 'peermeter-fleet',
  title: 'libp2p Fleet',
  description: 'Many daemons at once: which of them are not like the others, and what they run.',
  rows: [size, daemons, worst, versions],
  // The recording rules look back a minute, and nobody watches hundreds of daemons by the second.
  refresh: '30s',
  range: '1h',
});
