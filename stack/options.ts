import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir } from './cache.ts';

/** What `npm run stack` may be told. */
export interface StackOptions {
  /** Ports on 127.0.0.1; 0 means any free one. */
  readonly ports: Readonly<Record<StackPort, number>>;
  /** Where Prometheus keeps its data. */
  readonly dataDir: string;
  readonly buildOnly: boolean;
  readonly verbose: boolean;
}

/** The ports of the stack. */
export type StackPort = 'otlp' | 'exporter' | 'health' | 'self' | 'prometheus';

/** The flag that moves each port. */
export const PORT_FLAGS: Readonly<Record<StackPort, string>> = {
  otlp: '--otlp-port',
  exporter: '--exporter-port',
  health: '--health-port',
  self: '--self-port',
  prometheus: '--prometheus-port',
};

export const HELP = `Usage: npm run stack -- [options]

Runs an OpenTelemetry Collector and a Prometheus on 127.0.0.1, without Docker, until Ctrl-C.
The first run builds both from source with Go (about 5 minutes); they are then kept in the cache.

Options (port 0 means any free one):
  --otlp-port N         OTLP/HTTP in                            (default 4318)
  --exporter-port N     what was pushed, for Prometheus         (default 8889)
  --health-port N       the Collector's health                  (default 13133)
  --self-port N         the Collector's own metrics             (default 8888)
  --prometheus-port N   Prometheus                              (default 9090)
  --data DIR            where Prometheus keeps its data         (default: prometheus-data in the cache)
  --build-only          build what is missing, then end
  -v, --verbose         print what both programs print
  -h, --help            this text

The cache is $PEERMETER_CACHE, else $XDG_CACHE_HOME/peermeter, else ~/.cache/peermeter.

Exit status: 0 ended on request; 1 something failed or one of the two programs ended; 2 wrong usage.
`;

/**
 * Reads the command line.
 *
 * @returns the options, or 'help' when that was asked for
 * @throws TypeError one line that names the argument which is wrong
 */
export function parseOptions(args: readonly string[]): StackOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'otlp-port': { type: 'string', default: '4318' },
      'exporter-port': { type: 'string', default: '8889' },
      'health-port': { type: 'string', default: '13133' },
      'self-port': { type: 'string', default: '8888' },
      'prometheus-port': { type: 'string', default: '9090' },
      data: { type: 'string', default: join(cacheDir(), 'prometheus-data') },
      'build-only': { type: 'boolean', default: false },
      verbose: { type: 'boolean', short: 'v', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    ports: {
      otlp: toPort(PORT_FLAGS.otlp, values['otlp-port']),
      exporter: toPort(PORT_FLAGS.exporter, values['exporter-port']),
      health: toPort(PORT_FLAGS.health, values['health-port']),
      self: toPort(PORT_FLAGS.self, values['self-port']),
      prometheus: toPort(PORT_FLAGS.prometheus, values['prometheus-port']),
    },
    dataDir: values.data,
    buildOnly: values['build-only'],
    verbose: values.verbose,
  };
}

function toPort(flag: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new TypeError(`${flag} takes a number from 0 to 65535, not "${text}"`);
  return port;
}
