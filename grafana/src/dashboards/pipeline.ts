import * as units from '@grafana/grafana-foundation-sdk/units';
import { foreign } from '../../../prometheus/src/foreign.ts';
import {
  count,
  histogramQuantile,
  lastSeen,
  max,
  orZero,
  ratio,
  since,
  sum,
  unless,
  withAlso,
} from '../../../prometheus/src/promql.ts';
import { dashboard } from '../dashboard.ts';
import { lines } from '../lines.ts';
import { query } from '../query.ts';
import { ABOUT_SUM, buckets, metric, overflowing, perSecond } from '../scope.ts';
import { table } from '../table.ts';
import { stat } from '../values.ts';

const exportsOf = (result?: 'success' | 'failure') =>
  sum(perSecond(metric('telemetryExports', result === undefined ? {} : { result })), 'exporter');
/** When telemetry last left, of the exporters that push. */
const pushed = withAlso(metric('telemetryLastSuccess'), metric('telemetryPushInterval'), 'job', 'instance', 'exporter');
const NO_PUSH = 'no push';
const NO_COLLECTOR = 'no Collector';
const ALL_TARGETS = 'Of every target of this Prometheus, whatever is chosen above.';
const ALL_COLLECTORS = 'Of the Collector, whatever is chosen above.';

const now = {
  title: 'Now',
  panels: [
    stat({
      title: 'Daemons Heard',
      description:
        'Daemons whose telemetry arrives. One that falls silent is gone after 10 s by push (OTELCOL_METRIC_EXPIRATION), at once by pull.',
      width: 4,
      unit: units.Short,
      queries: [query(count(metric('buildInfo')), 'daemons')],
    }),
    stat({
      title: 'Oldest Push',
      description:
        'Seconds since the last push that was taken, of the daemon where that is longest. One that pushes and is not scraped is not heard at all after a while: it is in the table Fell Silent.',
      width: 4,
      unit: units.Seconds,
      decimals: 0,
      noValue: NO_PUSH,
      queries: [query(max(since(pushed)), 'age')],
      thresholds: [
        {
          from: 20,
          colour: 'yellow',
          why: 'Yellow from 20 s: a push tells of the one before it, comes every 5 s and is scraped every 5 s, which makes 15 s at most.',
        },
        { from: 60, colour: 'red', why: 'Red from 60 s: pushes fail; the daemon counts them and logs why.' },
      ],
    }),
    stat({
      title: 'Exports That Fail',
      description: `Failed pushes and scrapes as a share of all. ${ABOUT_SUM}`,
      width: 4,
      unit: units.PercentUnit,
      min: 0,
      queries: [query(ratio(sum(exportsOf('failure')), sum(exportsOf())), 'failed')],
      thresholds: [{ from: 0.01, colour: 'red', why: 'Red from 1 %: on one machine or network none should fail.' }],
    }),
    stat({
      title: 'Targets Down',
      description: `Scrape targets that do not answer. ${ALL_TARGETS}`,
      width: 4,
      unit: units.Short,
      queries: [query(orZero(count(isDown())), 'down')],
      thresholds: [
        { from: 1, colour: 'red', why: 'Red from 1: what it would have brought is missing everywhere else.' },
      ],
    }),
    stat({
      title: 'Points Refused',
      description: `Metric points a second that the Collector refused, as it does when its memory is short; senders try again. ${ALL_COLLECTORS}`,
      width: 4,
      unit: units.CountsPerSecond,
      noValue: NO_COLLECTOR,
      queries: [query(sum(perSecond(foreign('refused'))), 'refused')],
      thresholds: [
        {
          from: 0.001,
          colour: 'red',
          why: 'Red from the first: its memory is at the limit (512 MiB; idle it has 40).',
        },
      ],
    }),
    stat({
      title: 'Series in Overflow',
      description: `Series that stand for all label sets beyond the limit of the SDK. The labels of the contract are closed sets, so there should be none. ${ABOUT_SUM}`,
      width: 4,
      unit: units.Short,
      queries: [query(orZero(count(overflowing)), 'series')],
      thresholds: [
        { from: 1, colour: 'red', why: 'Red from 1: figures of single label sets are no longer told apart.' },
      ],
    }),
  ],
};

const daemons = {
  title: 'Daemons: what leaves them',
  panels: [
    lines({
      title: 'Exports',
      description: `Pushes and scrapes a second, by the name of the exporter and how they ended. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(metric('telemetryExports')), 'exporter', 'result'), '{{exporter}} {{result}}')],
    }),
    lines({
      title: 'Exports That Fail, by Exporter',
      description: `As a share of all by the same exporter; none while it has none. What failed is not lost: counters are cumulative. ${ABOUT_SUM}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      queries: [query(ratio(exportsOf('failure'), exportsOf()), '{{exporter}}')],
    }),
    lines({
      title: 'Export Duration',
      description: `How long a push or a scrape took, retries included. A push gives up after the export interval. ${ABOUT_SUM}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [0.5, 0.99].map((q) =>
        query(
          histogramQuantile(q, perSecond(buckets('telemetryExportDuration')), 'exporter'),
          `{{exporter}} p${100 * q}`,
        ),
      ),
    }),
    lines({
      title: 'Since Telemetry Last Left',
      description:
        'Of the daemon where that is longest, by exporter. For prometheus any scrape counts, a curl too: it grows for good when nobody scrapes and the daemon pushes.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [query(max(since(metric('telemetryLastSuccess')), 'exporter'), '{{exporter}}')],
    }),
    lines({
      title: 'Daemons by Job',
      description:
        'Daemons whose telemetry arrives. One that is pushed and scraped is in two jobs, and counted twice by every sum over both: choose one above.',
      width: 8,
      unit: units.Short,
      min: 0,
      decimals: 0,
      queries: [query(count(metric('buildInfo'), 'job'), '{{job}}')],
    }),
    table({
      title: 'Fell Silent',
      description:
        'Daemons that were heard of in the time shown and are not now, the latest on the bottom. One that was ended stays here until it is out of the time shown.',
      width: 8,
      noValue: 'none',
      labels: { instance: 'Daemon', job: 'Job' },
      columns: [
        {
          ...query(
            unless(
              max(since(lastSeen(metric('buildInfo'), '$__range', '15s')), 'job', 'instance'),
              count(metric('buildInfo'), 'job', 'instance'),
            ),
            'Silent for',
          ),
          unit: units.Seconds,
          decimals: 0,
        },
      ],
      sortBy: 'Silent for',
    }),
    table({
      title: 'Where Pushes Go',
      description:
        'How many daemons push to a Collector, and the longest time between two pushes of one of them. A series in that Collector has to live for two of these (OTELCOL_METRIC_EXPIRATION).',
      width: 24,
      noValue: NO_PUSH,
      labels: { destination: 'Destination' },
      columns: [
        {
          ...query(count(metric('telemetryPushInterval'), 'destination'), 'Daemons'),
          unit: units.Short,
          decimals: 0,
        },
        {
          ...query(max(metric('telemetryPushInterval'), 'destination'), 'Every'),
          unit: units.Seconds,
          decimals: 0,
        },
      ],
      sortBy: 'Daemons',
    }),
  ],
};

const collector = {
  title: 'Collector: what passes through it',
  panels: [
    lines({
      title: 'Points through the Collector',
      description: `Metric points a second: received from daemons, refused for want of memory, failed, and handed to the exporter. Received and handed on are the same; what is missing was dropped. ${ALL_COLLECTORS}`,
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      noValue: NO_COLLECTOR,
      queries: [
        query(sum(perSecond(foreign('received'))), 'received'),
        query(sum(perSecond(foreign('refused'))), 'refused'),
        query(sum(perSecond(foreign('receiverFailed'))), 'failed'),
        query(sum(perSecond(foreign('handedOn')), 'exporter'), 'handed to {{exporter}}'),
      ],
    }),
    lines({
      title: 'Queue of the Collector',
      description: `What waits: points in a batch, which goes on after 200 ms or when it is full (8,192), and exports under way (right). The exporter that Prometheus scrapes keeps the last value of each series and has no queue of its own; one that sends has, as otelcol_exporter_queue_size. ${ALL_COLLECTORS}`,
      width: 12,
      unit: units.Short,
      min: 0,
      noValue: NO_COLLECTOR,
      queries: [
        query(ratio(sum(perSecond(foreign('batchPoints'))), sum(perSecond(foreign('batches')))), 'points a batch'),
        query(sum(foreign('inFlight'), 'exporter'), 'under way to {{exporter}}'),
      ],
      right: [{ lines: 'under way.*', unit: units.Short }],
    }),
    lines({
      title: 'Memory of the Collector',
      description: `It refuses points when its heap nears 512 MiB (memory_limiter). ${ALL_COLLECTORS}`,
      width: 12,
      unit: units.BytesIEC,
      min: 0,
      noValue: NO_COLLECTOR,
      queries: [query(max(foreign('collectorMemory')), 'resident'), query(max(foreign('collectorHeap')), 'heap')],
    }),
    lines({
      title: 'Uptime of the Collector',
      description: `Back at 0 is a restart: for a moment it had no series to show. ${ALL_COLLECTORS}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      noValue: NO_COLLECTOR,
      queries: [query(max(foreign('collectorUptime')), 'uptime')],
    }),
  ],
};

const prometheus = {
  title: 'Prometheus: what it fetches',
  panels: [
    lines({
      title: 'Targets Up',
      description: `Targets that answer, and how many there are, by scrape job. ${ALL_TARGETS}`,
      width: 8,
      unit: units.Short,
      min: 0,
      decimals: 0,
      queries: [query(sum(foreign('up'), 'job'), '{{job}} up'), query(count(foreign('up'), 'job'), '{{job}} all')],
      bound: '.* all',
    }),
    lines({
      title: 'Scrape Duration',
      description: `Of the slowest target of a scrape job. ${ALL_TARGETS}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [query(max(foreign('scrapeDuration'), 'job'), '{{job}}')],
      thresholds: [
        { from: 2, colour: 'yellow', why: 'Yellow from 2 s: half of the scrape timeout.' },
        { from: 4, colour: 'red', why: 'Red from 4 s: the scrape timeout; nothing arrives.' },
      ],
    }),
    lines({
      title: 'Samples a Scrape',
      description: `Of the largest target of a scrape job: about 540 for a daemon with 50 peers, and through the Collector those of all that push. ${ALL_TARGETS}`,
      width: 8,
      unit: units.Short,
      min: 0,
      queries: [query(max(foreign('scrapeSamples'), 'job'), '{{job}}')],
    }),
  ],
};

function isDown() {
  const up = foreign('up');
  return { ...up, promql: `${up.promql} == 0`, compound: true as const };
}

export const pipeline = dashboard({
  uid: 'peermeter-pipeline',
  title: 'libp2p Pipeline',
  description: 'Whether the telemetry itself is healthy: from the daemons through the Collector to Prometheus.',
  rows: [now, daemons, collector, prometheus],
});
