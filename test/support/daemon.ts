import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Exposition, parseExposition } from '../../src/doctor/exposition.ts';
import { eventually } from './eventually.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'dist', 'main.js');

/** Nothing is pushed to what may run on this machine, and no file that lies on it counts. */
const HERMETIC = { OTEL_METRICS_EXPORTER: 'prometheus', PEERMETER_CONFIG: '/dev/null' };

/** What a finished process left behind. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `peermeter`, its output gathered as it comes. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly finished: Promise<Finished>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts the built program, as a user would, with a state directory and an environment of its own. */
export function peermeter(argv: readonly string[], env: NodeJS.ProcessEnv = {}, script = MAIN): Running {
  const child = spawn(process.execPath, [script, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...HERMETIC, PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  running.add(child);
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text) => err.push(text));
  const stdout = () => out.join('');
  const stderr = () => err.join('');
  const finished = once(child, 'close').then(([status]) => {
    running.delete(child);
    return { status, stdout: stdout(), stderr: stderr() };
  });
  return { child, stdout, stderr, finished };
}

/** A daemon that listens. */
export interface DaemonProcess extends Running {
  readonly address: string;
  readonly peerId: string;
  readonly metricsUrl: string;
  readonly pid: number;
  scrape(): Promise<Exposition>;
  /** SIGTERM, and what it left behind. */
  stop(): Promise<Finished>;
}

/** Starts `peermeter run` on free ports and waits until it listens. */
export async function startDaemonProcess(
  argv: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<DaemonProcess> {
  const started = peermeter(['run', '-p', '0', '-m', '0', ...argv], env);
  const { address, metricsUrl } = await eventually(async () => {
    assert.equal(started.child.exitCode, null, `ended early: ${started.stderr()}`);
    const address = /^Listening on (\S+)$/m.exec(started.stdout())?.[1];
    const metricsUrl = /^Metrics on (\S+)$/m.exec(started.stdout())?.[1];
    assert(address !== undefined && metricsUrl !== undefined, 'it says where it listens');
    return { address, metricsUrl };
  });
  return {
    ...started,
    address,
    metricsUrl,
    peerId: address.split('/').at(-1) ?? '',
    pid: started.child.pid ?? 0,
    scrape: async () => parseExposition(await (await fetch(metricsUrl)).text()),
    stop: () => {
      started.child.kill('SIGTERM');
      return started.finished;
    },
  };
}
