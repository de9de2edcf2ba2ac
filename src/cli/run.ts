import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { startDaemon } from '../daemon/daemon.ts';
import { EXIT } from '../errors.ts';
import { createLogger } from '../log/logger.ts';
import { flagTexts } from './settings-options.ts';
import { untilSignal } from './signals.ts';

/** `peermeter run`: the daemon, until SIGINT or SIGTERM. */
export async function run(command: Command): Promise<number> {
  const { config, warnings } = loadConfig(flagTexts(command), process.env);
  const log = createLogger({ level: config.logLevel });
  for (const warning of warnings) log.warn(warning);
  const signalled = untilSignal();
  const daemon = await startDaemon({ config, log, env: process.env });
  for (const address of daemon.addresses) process.stdout.write(`Listening on ${address}\n`);
  process.stdout.write(
    daemon.metricsUrl === undefined ? `Health on ${daemon.httpUrl}/healthz\n` : `Metrics on ${daemon.metricsUrl}\n`,
  );
  log.info('ready', { peer: daemon.peerId, metrics: daemon.metricsUrl, push: daemon.pushDestination });
  const signal = await signalled;
  log.info('stopping', { signal });
  const summary = await daemon.stop();
  log.info('stopped', { ...summary });
  return EXIT.success;
}
