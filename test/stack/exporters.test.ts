import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { METRIC_ROWS } from '../../src/contract/metrics.ts';
import { parseExposition } from '../../src/doctor/exposition.ts';
import { type Collector, startCollector } from '../../stack/collector.ts';
import { writeConfig } from '../support/config.ts';
import { type DaemonProcess, startDaemonProcess } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';

/** What is there from the start, whoever comes. */
const ALWAYS = METRIC_ROWS.filter(
  ({ source, key }) => (source === 'record' || source === 'observe') && key !== 'connectionAge',
);

describe('daemons with several exporters, and a real Collector', () => {
  let collector: Collector;
  before(async () => {
    collector = await startCollector();
  });
  after(() => collector?.stop());

  const received = async () => parseExposition(await (await fetch(collector.metricsUrl)).text());
  const start = (exporters: string, argv: string[] = []): Promise<DaemonProcess> =>
    startDaemonProcess(
      ['-c', writeConfig(`export-interval: 300ms\nexporters:\n  prometheus:\n${exporters}`), ...argv],
      {
        OTEL_METRICS_EXPORTER: '',
      },
    );

  test('one has the documented names in protobuf, the other the semantic ones in JSON', async (t) => {
    const endpoint = `endpoint: "${collector.otlpUrl}"`;
    const daemon = await start(
      `  one: { type: otlp, ${endpoint} }\n  other: { type: otlp, ${endpoint}, naming: semantic, protocol: http/json }\n`,
    );
    t.after(() => daemon.stop());
    await eventually(async () => {
      const all = await received();
      for (const row of ALWAYS) {
        const suffix = row.kind === 'histogram' ? '_count' : '';
        assert(all.all(`${row.name}${suffix}`).length > 0, row.name);
        // This Collector adds no suffixes, not even `_total`.
        const semantic = row.instrument.replaceAll('.', '_');
        assert(all.all(`${semantic}${suffix}`).length > 0, semantic);
      }
    });
  });

  for (const temporality of ['delta', 'lowmemory']) {
    test(`${temporality}: the differences of counters and histograms come to what the daemon itself has`, async (t) => {
      const daemon = await start(
        `  otlp: { endpoint: "${collector.otlpUrl}", temporality: ${temporality}, protocol: http/json }\n`,
      );
      t.after(() => daemon.stop());
      const client = await startDaemonProcess(['-d', daemon.address, '--ping-interval', '30ms']);
      await eventually(async () => assert((await daemon.scrape()).value('libp2p_ping_responses_total') > 3));
      await client.stop();
      await eventually(async () => assert.equal((await daemon.scrape()).value('libp2p_concurrent_peers'), 0));
      const own = await daemon.scrape();
      await eventually(async () => {
        const there = await received();
        for (const name of [
          'libp2p_ping_responses_total',
          'libp2p_io_read_bytes_total',
          'libp2p_ping_rtt_seconds_count',
          'libp2p_ping_rtt_seconds_sum',
        ]) {
          const labels = { instance: daemon.peerId };
          const difference = Math.abs(there.value(name, labels) - own.value(name));
          assert(difference < 1e-9, `${name}: ${there.value(name, labels)} and ${own.value(name)}`);
        }
        assert.equal(
          there.value('libp2p_connections_opened_total', { instance: daemon.peerId, direction: 'inbound' }),
          1,
        );
      });
    });
  }
});
