import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as semconv from '@opentelemetry/semantic-conventions/incubating';
import { METRIC_ROWS, METRICS } from '../../src/contract/metrics.ts';
import { prometheusLabel, prometheusName } from '../../src/contract/naming.ts';
import { referenceMarkdown } from '../../src/contract/reference.ts';
import { cardinalityLimit, labelSets, metricViews } from '../../src/contract/views.ts';

/** The names the documentation of the predecessor promised, and those its dashboards asked for. */
const DOCUMENTED = [
  'libp2p_concurrent_peers',
  'libp2p_connection_pool_utilization',
  'libp2p_memory_per_peer_bytes',
  'libp2p_peer_connection_duration_seconds',
  'libp2p_memory_rss_bytes',
  'libp2p_cpu_usage_percent',
  'libp2p_fd_count',
  'libp2p_thread_count',
  'libp2p_io_read_bytes_total',
  'libp2p_io_write_bytes_total',
  'libp2p_ping_rtt_seconds',
  'libp2p_ping_requests_total',
  'libp2p_ping_responses_total',
  'libp2p_ping_errors_total',
  'libp2p_ping_timeouts_total',
  'libp2p_active_pings',
  'libp2p_memory_vms_bytes',
  'libp2p_memory_peak_bytes',
  'libp2p_resource_allocations_total',
  'libp2p_resource_deallocations_total',
  'libp2p_active_resources',
];

const SUFFIX_OF_UNIT: Record<string, RegExp> = {
  s: /_seconds(_total)?$/,
  By: /_bytes(_total)?$/,
  '%': /_percent$/,
};

describe('the contract table', () => {
  test('has every documented name', () => {
    const names = new Set<string>(METRIC_ROWS.map((row) => row.name));
    assert.deepEqual(
      DOCUMENTED.filter((name) => !names.has(name)),
      [],
    );
  });

  test('has each name and each instrument once', () => {
    for (const pick of ['name', 'instrument'] as const) {
      const all = METRIC_ROWS.map((row) => row[pick]);
      assert.equal(new Set(all).size, all.length);
    }
  });

  test('unit suffixes agree with units, and nothing carries the unit 1', () => {
    for (const row of METRIC_ROWS) {
      const suffix = SUFFIX_OF_UNIT[row.unit];
      if (suffix !== undefined) assert.match(row.name, suffix, row.name);
      else assert.doesNotMatch(row.name, /_(seconds|bytes|percent|ratio)(_total)?$/, row.name);
    }
  });

  test('counters end in _total and nothing else does', () => {
    for (const row of METRIC_ROWS) assert.equal(row.name.endsWith('_total'), row.kind === 'counter', row.name);
  });

  test('help is a sentence', () => {
    for (const row of METRIC_ROWS) assert.match(row.help, /^[A-Z0-9].*[.]$/, row.name);
  });

  test('buckets ascend, and histograms alone have them', () => {
    for (const row of METRIC_ROWS) {
      assert.equal(row.buckets !== undefined, row.kind === 'histogram', row.name);
      const buckets = row.buckets ?? [];
      assert.deepEqual(
        [...buckets],
        [...new Set(buckets)].sort((a, b) => a - b),
        row.name,
      );
    }
  });

  test('ping buckets run from 50 µs to 10 s with at least three a decade', () => {
    const { buckets } = METRICS.pingRtt;
    assert.equal(buckets[0], 0.00005);
    assert.equal(buckets.at(-1), 10);
    for (let decade = 0.0001; decade < 10; decade *= 10) {
      const inside = buckets.filter((bound) => bound > decade * 0.999 && bound < decade * 9.999);
      assert(inside.length >= 3, `from ${decade}: ${inside}`);
    }
  });

  test('connection buckets are the documented ones', () => {
    assert.deepEqual(
      [...METRICS.connectionDuration.buckets],
      [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21600, 86400],
    );
  });

  test('names outside libp2p are those of the OpenTelemetry semantic conventions', () => {
    const known = new Set<unknown>(Object.values(semconv));
    for (const row of METRIC_ROWS) {
      if (!row.instrument.startsWith('libp2p.')) assert(known.has(row.instrument), row.instrument);
      for (const label of Object.keys(row.labels)) if (label.includes('.')) assert(known.has(label), label);
    }
  });

  test('no counter or histogram that the SDK keeps has a label that grows; the configuration bounds the exporters', () => {
    for (const { source, labels, name } of METRIC_ROWS.filter((row) => row.source === 'record')) {
      const open = Object.entries(labels).flatMap(([label, values]) => (values === null ? label : []));
      assert(
        open.every((label) => label === 'exporter'),
        `${name} (${source})`,
      );
    }
    for (const row of METRIC_ROWS) assert(!('peer_id' in row.labels) || row.source === 'per-peer', row.name);
  });

  test('counters and histograms of several processes add up, and every other row says what it does', () => {
    for (const row of METRIC_ROWS.filter(({ source }) => source === 'record' || source === 'observe')) {
      if (row.kind === 'counter' || row.kind === 'histogram')
        assert(['sum', 'once'].includes(row.across ?? 'sum'), row.name);
      else assert(row.across !== undefined, row.name);
    }
  });

  test('label names are valid in Prometheus', () => {
    for (const row of METRIC_ROWS) {
      for (const label of Object.keys(row.labels)) assert.match(prometheusLabel(label), /^[a-z_][a-z0-9_]*$/);
    }
  });
});

describe('what is derived from it', () => {
  test('a view for every row but those of single peers and processes, with room for every label set', () => {
    const views = metricViews('documented');
    assert.equal(views.length, METRIC_ROWS.filter((row) => !row.source.startsWith('per-')).length);
    for (const row of METRIC_ROWS) {
      if (!Object.values(row.labels).includes(null)) assert(cardinalityLimit(row) > labelSets(row).length, row.name);
    }
  });

  test('semantic naming leaves the instrument names', () => {
    for (const view of metricViews('semantic')) assert.equal(view.name, view.instrumentName);
    assert.equal(prometheusName(METRICS.memoryRss, 'semantic'), 'process_memory_usage');
    assert.equal(prometheusName(METRICS.ioRead, 'semantic'), 'libp2p_io_read_total');
  });

  test('docs/metrics.md is up to date (npm run docs)', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'metrics.md'), 'utf8');
    assert.equal(page, referenceMarkdown());
  });
});
