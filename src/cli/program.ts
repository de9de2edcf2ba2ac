import { Command, CommanderError } from 'commander';
import { DEFAULT_PLACES } from '../doctor/places.ts';
import { EXIT, messageOf, OperatorError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { addSettings } from './settings-options.ts';

const EXIT_STATUSES = `
Exit status:
  ${EXIT.success}   success
  ${EXIT.fault}   a fault while running: a port in use, no peer reached
  ${EXIT.usage}   the command line is not understood
  ${EXIT.config}  what it asks for cannot be: a damaged key, a dial to oneself`;

/**
 * Runs one command line. Resolves with the exit status when the command is through; what went wrong has been said, in
 * one line on standard error, with a stack only when `--log-level debug` or PEERMETER_LOG_LEVEL asks for it.
 */
export async function runCommandLine(argv: readonly string[], name = 'peermeter'): Promise<number> {
  let status: number = EXIT.success;
  const program = commands(name, (result) => {
    status = result;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.usage;
    return reportError(error, name, isDebug(argv));
  }
}

type Done = (status: number) => void;

function commands(name: string, done: Done): Command {
  // The documented command is the daemon itself, without a subcommand.
  if (name !== 'peermeter') return withManners(runCommand(name, done), name);
  const program = withManners(new Command(name), name).description(
    'A long-running libp2p daemon that measures its peers, their ping round trips and itself.',
  );
  program.addCommand(withManners(runCommand('run', done), name));

  program.addCommand(withManners(checkCommand(done), name));

  program
    .command('swarm')
    .description('connect many real peers to a node and report how it answers')
    .requiredOption('-d, --dial <multiaddr>', 'the node to connect to')
    .option('--scenario <name|file>', 'what the peers go through: ramp, steady, churn, stampede, freeze, flap, mixed')
    .option('-n, --peers <n>', 'how many peers (default: 50, or what the scenario says)')
    .option('--ramp <time>', 'spread the dials over this time, evenly with jitter (default: 2s)')
    .option('--duration <time>', 'end after this long and report; stretches a scenario (default: at Ctrl-C)')
    .option('--ping-interval <time>', 'each peer pings once in this time, answered or not (default: 1s)')
    .option('--full-nodes', 'whole libp2p nodes instead of light peers')
    .option('--workers <n>', 'worker threads (default: one for 500 light peers or 100 full nodes, at most one a core)')
    .option('--no-reconnect', 'let a peer that lost its connection stay away')
    .option('--require <thresholds>', 'exit with 1 unless they hold: rtt.p99<50ms,connected>=99.9%,disconnects=0')
    .option('--json', 'print the report as one JSON object')
    .option('--html <file>', 'write the report as a page with plots, too')
    .action(async (options) => done(await (await import('./swarm.ts')).swarm(options)));

  program
    .command('demo')
    .description('a server and many peers on this machine, and what to look at next')
    .option('-n, --peers <n>', 'how many peers', '50')
    .option('--duration <time>', 'end after this long; 0 goes on until Ctrl-C', '60s')
    .option('-p, --port <port>', 'port of the server for peers', '0')
    .option('-m, --metrics-port <port>', 'port of the metrics endpoint, 0 takes a free one', '0')
    .action(async (options) => done(await (await import('./demo.ts')).demo(options)));

  program
    .command('top')
    .description('watch a running daemon in the terminal: its figures, its peers, live')
    .argument('[url]', 'its metrics address (default: http://127.0.0.1:8081)')
    .option('--once', 'print one report and end')
    .option('--json', 'print each point as one JSON object a line')
    .action(async (url, options) => done(await (await import('./top.ts')).top(url, options)));

  program
    .command('doctor')
    .description(
      'follow the data from a daemon through its Collector and Prometheus to Grafana, and say where it stops',
    )
    .argument('[url]', `the daemon's metrics endpoint (default: ${DEFAULT_PLACES.daemon})`)
    .option('--otlp-endpoint <url>', `where the Collector receives (default: ${new URL(DEFAULT_PLACES.otlp).origin})`)
    .option('--collector <url>', `page of the Collector's Prometheus exporter (default: ${DEFAULT_PLACES.collector})`)
    .option('--collector-self <url>', `the Collector's own metrics (default: ${DEFAULT_PLACES.collectorSelf})`)
    .option('--collector-health <url>', `the Collector's health check (default: ${DEFAULT_PLACES.collectorHealth})`)
    .option('--prometheus <url>', `Prometheus (default: ${DEFAULT_PLACES.prometheus})`)
    .option('--grafana <url>', `Grafana (default: ${DEFAULT_PLACES.grafana})`)
    .option('--grafana-token-file <file>', 'a service account token for Grafana, or set PEERMETER_GRAFANA_TOKEN')
    .option('--wait <time>', 'longest wait for the next push, and for the next scrape', '15s')
    .option('--json', 'print the report as one JSON object')
    .action(async (url, options) => done(await (await import('./doctor.ts')).doctor(url, options)));

  program
    .command('profile')
    .description('look into a running daemon on this machine')
    .command('heap')
    .description('sample which code allocates memory: a table, and a .heapprofile for developer tools')
    .argument('[url]', `the daemon's metrics endpoint (default: ${DEFAULT_PLACES.daemon})`)
    .option('--seconds <n>', 'how long to sample, 300 at most', '30')
    .option('-o, --output <file>', 'where to write it (default: heap-<time>.heapprofile in this folder)')
    .option('--force', 'overwrite that file')
    .option('--living', 'only what is still in use at the end, to look for leaks (default: collected objects too)')
    .option('--process <which>', 'with --processes: the number of a worker, or primary (default: 0)')
    .action(async (url, options) => done(await (await import('./profile.ts')).profileHeap(url, options)));

  program
    .command('metrics')
    .description('print the metric contract: every name, its type, labels and meaning')
    .option('--json', 'as JSON')
    .option('--markdown', 'as docs/metrics.md')
    .action(async (options) => (await import('./metrics.ts')).metrics(options));

  return program;
}

function runCommand(name: string, done: Done): Command {
  return addSettings(new Command(name))
    .description('run the daemon: listen, keep targets connected, ping every peer, export telemetry')
    .action(async (_options, command: Command) => done(await (await import('./run.ts')).run(command)));
}

function checkCommand(done: Done): Command {
  return addSettings(new Command('check'))
    .description('print the configuration that `run` would have, and where each value comes from')
    .option('--json', 'as JSON')
    .action(async (_options, command: Command) => done(await (await import('./check.ts')).check(command)));
}

/** What all commands share: their version, their exit statuses, and one line for what is not understood. */
function withManners(command: Command, name: string): Command {
  return command
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text, name)) })
    .addHelpText('after', EXIT_STATUSES);
}

function reportError(error: unknown, name: string, debug: boolean): number {
  // Several lines are several complaints, but a text of some library's is one.
  const lines = messageOf(error).split('\n');
  const said = error instanceof OperatorError ? lines : lines.slice(0, 1);
  process.stderr.write(said.map((line) => `${name}: ${line}\n`).join(''));
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n${error.cause ?? ''}\n`);
  return error instanceof OperatorError ? error.exitStatus : EXIT.fault;
}

function isDebug(argv: readonly string[]): boolean {
  return process.env.PEERMETER_LOG_LEVEL === 'debug' || /--log-level[= ]debug/.test(argv.join(' '));
}

/** commander says `error: …` and then, on a line of its own, what may have been meant. */
function oneLine(text: string, name: string): string {
  const sentence = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  return `${name}: ${sentence} (see ${name} --help)\n`;
}
