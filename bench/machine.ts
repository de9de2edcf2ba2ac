import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Bench } from './turns.ts';

/** What a figure depends on and the reader cannot see: the machine, the versions, and how it was asked. */
export function howItWasMade({ programs, cores }: Pick<Bench, 'programs' | 'cores'>): Record<string, string> {
  const { go, rust, python } = programs;
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  return {
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gigabytes} GiB, Linux ${release()}`,
    'load at the start': loadavg()[0]?.toFixed(2) ?? 'unknown',
    cores: cores === undefined ? 'not pinned' : `server on core ${cores.server}, client on core ${cores.client}`,
    versions: [
      `Node ${process.version.slice(1)}`,
      `peermeter ${versionIn('../package.json')}`,
      `js-libp2p ${versionIn('../node_modules/libp2p/package.json')}`,
      `@libp2p/prometheus-metrics ${versionIn('../node_modules/@libp2p/prometheus-metrics/package.json')}`,
      ...[go, rust, python].flatMap((built) => built?.versions ?? []),
    ].join(', '),
  };
}

function versionIn(file: string): string {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).version;
}
