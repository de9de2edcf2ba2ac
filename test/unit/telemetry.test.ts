import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadConfig } from '../../src/config/load.ts';
import { silentLogger } from '../../src/log/logger.ts';
import { PeerTable } from '../../src/peers/peer-table.ts';
import { Prober } from '../../src/probe/prober.ts';
import { ProcessSampler } from '../../src/process/sampler.ts';
import { recordAnyNode } from '../../src/record/record-all.ts';
import { PerPeerProducer } from '../../src/telemetry/per-peer-producer.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function started(env: Record<string, string>) {
  const { config } = loadConfig({}, env);
  const perPeer = new PerPeerProducer(() => [], config.naming);
  const telemetry = await startTelemetry({ config, peerId: 'peer', log: silentLogger, perPeer });
  const table = new PeerTable();
  const sampler = new ProcessSampler();
  const latest = () => sampler.latest();
  recordAnyNode(telemetry.instruments, { table, prober: new Prober({ table }), latest, version: '0' });
  return telemetry;
}

test('what is collected is not kept for a way out that nobody uses', async () => {
  const telemetry = await started({ OTEL_METRICS_EXPORTER: 'prometheus' });
  for (let round = 0; round < 100; round++) await telemetry.figures();
  const before = heapUsed();
  for (let round = 0; round < 1000; round++) await telemetry.figures();
  const grown = heapUsed() - before;
  assert(grown < 5e6, `1,000 collections left ${grown} bytes behind`);
  // What was not asked for in all that time is there when it is.
  assert.match((await telemetry.scrape?.()) ?? '', /^libp2p_concurrent_peers 0$/m);
});

for (const naming of ['documented', 'semantic']) {
  for (const exporters of ['none', 'prometheus']) {
    test(`figures have the keys of the contract, with ${naming} names and exporters ${exporters}`, async () => {
      const telemetry = await started({ OTEL_METRICS_EXPORTER: exporters, PEERMETER_METRICS_NAMING: naming });
      const figures = await telemetry.figures();
      for (const key of ['peers', 'pingRtt', 'connectionDuration', 'heapUsed', 'cpuUsage'] as const) {
        assert(figures.has(key), `${key} of ${[...figures.keys()]}`);
      }
      assert(![...figures.keys()].some((key) => key.startsWith('peerPing')), 'none of single peers');
    });
  }
}
