import type { Command } from 'commander';
import type { Config } from '../config/settings.ts';
import type { Daemon, DaemonInit } from '../daemon/daemon.ts';
import { loadConfig } from '../daemon/load-config.ts';
import { EXIT } from '../errors.ts';
import { createLogger } from '../log/logger.ts';
import { flagTexts } from './settings-options.ts';
import { untilSignal } from './signals.ts';

/** `peermeter run`: the daemon, until SIGINT or SIGTERM. */
export async function run(command: Command): Promise<number> {
  const { config, file, warnings } = await loadConfig({ flags: flagTexts(command), env: process.env });
  const log = createLogger({ level: config.logLevel });
  for (const warning of warnings) log.warn(warning);
  if (file !== undefined) log.info('configuration read', { file });
  const signalled = untilSignal();
  const start = await starter(config);
  const daemon = await start({ config, log, env: process.env });
  for (const address of daemon.addresses) process.stdout.write(`Listening on ${address}\n`);
  process.stdout.write(
    daemon.metricsUrl === undefined ? `Health on ${daemon.httpUrl}/healthz\n` : `Metrics on ${daemon.metricsUrl}\n`,
  );
  process.stdout.write(`Live page on ${daemon.httpUrl}/\n`);
  const processes = config.processes === 1 ? undefined : config.processes;
  const push = daemon.pushDestinations.length === 0 ? undefined : daemon.pushDestinations.join(', ');
  log.info('ready', { peer: daemon.peerId, processes, metrics: daemon.metricsUrl, push });
  const signal = await signalled;
  log.info('stopping', { signal });
  const summary = await daemon.stop();
  log.info('stopped', { ...summary });
  return EXIT.success;
}

/** One process is the daemon itself; several have one before them. */
async function starter({ processes }: Config): Promise<(init: DaemonInit) => Promise<Daemon>> {
  return processes === 1
    ? (await import('../daemon/daemon.ts')).startDaemon
    : (await import('../cluster/cluster.ts')).startCluster;
}
