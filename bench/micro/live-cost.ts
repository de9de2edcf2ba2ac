/**
 * What it costs a daemon with many peers that people look at its live feed: its processor time with so many viewers in
 * another process, and with none, in turns.
 *
 * `npm run build`, then `node bench/micro/live-cost.ts [viewers] [peers] [seconds] [rounds]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { howItWasMade, median, table } from './report.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
/** The kernel's clock tick, which /proc counts in (`getconf CLK_TCK`). */
const TICKS_A_SECOND = 100;

const [first, ...rest] = process.argv.slice(2);
if (first === 'view') view(rest[0] ?? '', Number(rest[1]));
else {
  const [viewers = 10, peers = 1000, seconds = 30, rounds = 3] = [first, ...rest].filter(Boolean).map(Number);
  await measure({ viewers, peers, seconds, rounds });
}

/** Looks so many times at once, and says at the end what came. */
function view(url: string, count: number): void {
  let bytes = 0;
  for (let viewer = 0; viewer < count; viewer++) {
    get(url, { agent: false }, (response) => response.on('data', (chunk) => (bytes += chunk.length)));
  }
  process.once('SIGTERM', () => {
    console.log(bytes);
    process.exit();
  });
}

interface Plan {
  readonly viewers: number;
  readonly peers: number;
  readonly seconds: number;
  readonly rounds: number;
}

async function measure({ viewers, peers, seconds, rounds }: Plan): Promise<void> {
  const limits = ['--max-peers', String(peers), '--max-connections', String(peers)];
  const env = { ...process.env, OTEL_METRICS_EXPORTER: 'prometheus' };
  const daemon = spawn(process.execPath, [MAIN, 'run', '-p', '0', '-m', '0', '--log-level', 'warn', ...limits], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  const { address, url } = await whereIs(daemon);
  const swarm = spawn(process.execPath, [MAIN, 'swarm', '-d', address, '-n', String(peers)], { stdio: 'ignore' });
  try {
    await untilConnected(url, peers);
    await sleep(10_000);
    const [without, with_]: [number[], number[]] = [[], []];
    let bytes = 0;
    for (let round = 0; round < rounds; round++) {
      without.push(await processorShare(daemon.pid ?? 0, seconds));
      const watching = spawn(process.execPath, [import.meta.filename, 'view', `${url}/live`, String(viewers)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      // Their history is not what is measured.
      await sleep(3000);
      with_.push(await processorShare(daemon.pid ?? 0, seconds));
      const said = once(watching.stdout, 'data');
      watching.kill('SIGTERM');
      bytes += Number(String((await said)[0]));
      await sleep(2000);
    }
    console.log(`${howItWasMade('live-cost.ts')}\n`);
    const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
    const rate = `${(bytes / rounds / viewers / (seconds + 3) / 1000).toFixed(0)} kB/s`;
    console.log(
      table([
        ['peers', 'viewers', 'daemon without', 'daemon with', 'difference', 'to each viewer'],
        [
          ...[String(peers), String(viewers), percent(median(without)), percent(median(with_))],
          ...[percent(median(with_.map((share, at) => share - (without[at] ?? 0)))), rate],
        ],
      ]),
    );
    console.log(`\nof one core, medians of ${rounds} rounds of ${seconds} s each`);
  } finally {
    swarm.kill('SIGKILL');
    daemon.kill('SIGTERM');
  }
}

async function whereIs(daemon: ChildProcess): Promise<{ address: string; url: string }> {
  const found = { address: '', url: '' };
  for await (const line of createInterface({ input: daemon.stdout as NodeJS.ReadableStream })) {
    found.address ||= /^Listening on (\S+)$/.exec(line)?.[1] ?? '';
    found.url ||= /^Metrics on (\S+)\/metrics$/.exec(line)?.[1] ?? '';
    if (found.address !== '' && found.url !== '') return found;
  }
  throw new Error('the daemon did not start');
}

async function untilConnected(url: string, peers: number): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const text = await (await fetch(`${url}/metrics`)).text();
    if (text.includes(`\nlibp2p_concurrent_peers ${peers}\n`)) return;
    await sleep(500);
  }
  throw new Error('the peers did not get in');
}

/** The share of one core that a process took over so many seconds. */
async function processorShare(pid: number, seconds: number): Promise<number> {
  const used = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  };
  const [from, fromMs] = [used(), performance.now()];
  await sleep(1000 * seconds);
  return (used() - from) / ((performance.now() - fromMs) / 1000);
}
