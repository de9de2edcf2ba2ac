import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collector, startCollector } from '../../stack/collector.ts';

const COMMITTED = join(import.meta.dirname, '..', '..', 'otel-collector', 'config.yaml');

/**
 * A real Collector with the committed configuration, broken in the given ways: each text is replaced by the other, and
 * has to be there.
 */
export async function startBrokenCollector(
  edits: readonly (readonly [string | RegExp, string])[],
  expiration = '2s',
): Promise<Collector> {
  let config = await readFile(COMMITTED, 'utf8');
  for (const [from, to] of edits) {
    const broken = config.replace(from, to);
    assert.notEqual(broken, config, `${from} is in the configuration`);
    config = broken;
  }
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-doctor-'));
  const file = join(folder, 'config.yaml');
  await writeFile(file, config);
  try {
    return await startCollector({ config: file, env: { OTELCOL_METRIC_EXPIRATION: expiration } });
  } finally {
    await rm(folder, { recursive: true });
  }
}
