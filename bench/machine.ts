import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Cores } from './cores.ts';
import type { GoPrograms } from './go-programs.ts';

/** What a figure depends on and the reader cannot see: the machine, the versions, and how it was asked. */
export function howItWasMade(go: GoPrograms, cores: Cores | undefined): Record<string, string> {
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  return {
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gigabytes} GiB, Linux ${release()}`,
    'load at the start': loadavg()[0]?.toFixed(2) ?? 'unknown',
    cores: cores === undefined ? 'not pinned' : `server on core ${cores.server}, client on core ${cores.client}`,
    versions: [
      `Node ${process.version}`,
      `peermeter ${versionIn('../package.json')}`,
      `js-libp2p ${versionIn('../node_modules/libp2p/package.json')}`,
      `go-libp2p ${go.goLibp2pVersion}`,
      `Go ${go.goVersion.replace(/^go/, '')}`,
    ].join(', '),
  };
}

function versionIn(file: string): string {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).version;
}
