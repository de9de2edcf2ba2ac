/**
 * How long the built program takes to start, against bare Node.js, in turns: `node bench/micro/startup.ts [rounds]`.
 * Build first. Listening is counted until the line that says so; the daemon takes free ports and pushes nowhere.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { howItWasMade, median, table } from './report.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const LISTENING = /^(Metrics|Health) on /m;

/** Runs Node.js until it ends, or until its output has this in it. */
async function startUp(argv: readonly string[], until?: RegExp): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...argv], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  const ended = once(child, 'close');
  let output = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (until?.test(output)) resolve();
    });
  });
  await Promise.race([ready, ended]);
  const tookMs = performance.now() - startedAt;
  if (until !== undefined && !until.test(output)) throw new Error(`${argv.join(' ')} ended without ${until}`);
  child.kill();
  await ended;
  return tookMs;
}

const runs: Readonly<Record<string, () => Promise<number>>> = {
  'node -e 0': () => startUp(['-e', '0']),
  '--version': () => startUp([MAIN, '--version']),
  '--help': () => startUp([MAIN, '--help']),
  'run --help': () => startUp([MAIN, 'run', '--help']),
  'run, until it listens': () => startUp([MAIN, 'run', '-p', '0', '-m', '0'], LISTENING),
  'run --exporters prometheus': () =>
    startUp([MAIN, 'run', '-p', '0', '-m', '0', '--exporters', 'prometheus'], LISTENING),
};

const rounds = Number(process.argv[2] ?? 15);
const times = new Map(Object.keys(runs).map((name) => [name, [] as number[]]));
const ratios = new Map(Object.keys(runs).map((name) => [name, [] as number[]]));
// The first round fills the system's file cache.
for (let round = -1; round < rounds; round++) {
  let bareMs = Number.NaN;
  for (const [name, run] of Object.entries(runs)) {
    const tookMs = await run();
    if (name === 'node -e 0') bareMs = tookMs;
    if (round < 0) continue;
    times.get(name)?.push(tookMs);
    ratios.get(name)?.push(tookMs / bareMs);
  }
}
console.log(howItWasMade('startup.ts'));
console.log(
  table([
    ['what', 'ms, median (min–max)', '÷ bare, same round: median (min–max)'],
    ...[...times].map(([name, ms]) => {
      const of = ratios.get(name) ?? [];
      return [
        name,
        `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)}–${Math.max(...ms).toFixed(0)})`,
        `${median(of).toFixed(2)} (${Math.min(...of).toFixed(2)}–${Math.max(...of).toFixed(2)})`,
      ];
    }),
  ]),
);
