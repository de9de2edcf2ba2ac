import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { GC_TYPES } from '../../src/contract/vocabulary.ts';
import { EventLoopMonitor } from '../../src/process/event-loop.ts';
import { LinuxReader, parseFdLimit } from '../../src/process/linux.ts';
import { orLast } from '../../src/process/or-last.ts';
import { PortableReader } from '../../src/process/portable.ts';
import { ProcessorMeter } from '../../src/process/processor.ts';
import { type ProcessSample, ProcessSampler } from '../../src/process/sampler.ts';

const MIB = 2 ** 20;
const linux = process.platform === 'linux' ? false : 'needs /proc';

/** Two ways to ask differ by what the process does in between. */
function assertClose(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** The descriptors that are really open, asked for one by one. */
function openDescriptors(): number {
  let open = 0;
  for (let fd = 0; fd < 4096; fd++) {
    try {
      fstatSync(fd);
      open++;
    } catch {}
  }
  return open;
}

function openTenFiles(): number[] {
  return Array.from({ length: 10 }, () => openSync('/dev/null', 'r'));
}

function startedSampler(init: ConstructorParameters<typeof ProcessSampler>[0] = {}): ProcessSampler & Disposable {
  const sampler = new ProcessSampler(init);
  sampler.start();
  return Object.assign(sampler, { [Symbol.dispose]: () => sampler.stop() });
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe('LinuxReader', { skip: linux }, () => {
  test('agrees with statm, with Node.js and with /proc/self/task', () => {
    const reading = new LinuxReader().read();
    const [vmPages = 0, rssPages = 0] = readFileSync('/proc/self/statm', 'utf8').split(' ').map(Number);
    const pageSize = Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout);
    assertClose(reading.rssBytes, rssPages * pageSize, 8 * MIB);
    assertClose(reading.rssBytes, process.memoryUsage.rss(), 8 * MIB);
    assertClose(reading.vmsBytes ?? 0, vmPages * pageSize, 256 * MIB);
    assert.ok(reading.peakBytes >= reading.rssBytes);
    assertClose(reading.peakBytes, process.resourceUsage().maxRSS * 1024, 8 * MIB);
    assert.ok((reading.threadCount ?? 0) >= 5, 'the main thread and V8 workers');
  });

  test('counts open descriptors, its own not among them', () => {
    const reader = new LinuxReader();
    assert.equal(reader.read().fdCount, openDescriptors());
    const files = openTenFiles();
    assert.equal(reader.read().fdCount, openDescriptors());
    files.forEach(closeSync);
    assert.equal(reader.read().fdCount, openDescriptors());
  });

  test('lists the descriptors where the size of the directory is not their number', () => {
    using proc = fakeProc({ 'fd/0': '', 'fd/1': '', 'fd/2': '', 'fd/3': '' });
    assert.equal(new LinuxReader(proc.dir).read().fdCount, 3, 'four, one of them its own');
  });

  test('sees the limit the process was started with', () => {
    const script = `import { LinuxReader } from './src/process/linux.ts';
      console.log(new LinuxReader().read().fdLimit);`;
    assert.equal(runLimited(321, script).trim(), '321');
  });

  test('goes on when no descriptor is left', () => {
    const script = `import { openSync, statSync } from 'node:fs';
      import { ProcessSampler } from './src/process/sampler.ts';
      const sampler = new ProcessSampler();
      const before = sampler.sample();
      try { for (;;) openSync('/dev/null', 'r'); } catch (error) { console.log(error.code); }
      const after = sampler.sample();
      const listed = statSync('/proc/self/fd').size === 0; // before Linux 6.2, where counting takes a descriptor
      console.log(listed ? after.fdCount === before.fdCount : after.fdCount > before.fdCount);
      console.log(after.rssBytes === before.rssBytes, after.heap.externalBytes === before.heap.externalBytes);`;
    assert.deepEqual(runLimited(64, script).trim().split('\n'), ['EMFILE', 'true', 'true true']);
  });

  test('takes each figure from its own line', () => {
    const status = ['VmPeak: 9 kB', 'VmSize: 8 kB', 'VmHWM: 7 kB', 'VmRSS: 6 kB', 'Threads: 5', ''].join('\n');
    using proc = fakeProc({ status, limits: 'Max open files  4  3  files\n', 'fd/0': '', 'fd/1': '' });
    assert.deepEqual(new LinuxReader(proc.dir).read(), {
      vmsBytes: 8192,
      peakBytes: 7168,
      rssBytes: 6144,
      threadCount: 5,
      fdLimit: 4,
      fdCount: 1,
    });
  });

  test('leaves absent what the kernel does not say', () => {
    using proc = fakeProc({
      status: 'Name:\tnode\nVmRSS:\t    2048 kB\n',
      limits: 'Max open files  unlimited unlimited files\n',
    });
    const reading = new LinuxReader(proc.dir).read();
    assert.equal(reading.rssBytes, 2 * MIB);
    assert.equal(reading.vmsBytes, undefined);
    assert.equal(reading.threadCount, undefined);
    assert.equal(reading.fdLimit, undefined);
    assert.ok(reading.peakBytes >= reading.rssBytes);
  });

  test('reads the soft limit, not the hard one', () => {
    assert.equal(
      parseFdLimit('Max open files            1024                 524288               files     \n'),
      1024,
    );
    assert.equal(
      parseFdLimit('Max open files            unlimited            unlimited            files     \n'),
      undefined,
    );
    assert.equal(parseFdLimit(''), undefined);
  });
});

describe('PortableReader', () => {
  test('leaves absent what it cannot know', () => {
    assert.deepEqual(Object.keys(new PortableReader().read()).sort(), ['fdCount', 'peakBytes', 'rssBytes']);
  });

  test('gives the rest as the operating system has it', () => {
    const reader = new PortableReader();
    const reading = reader.read();
    assertClose(reading.rssBytes, process.memoryUsage.rss(), 8 * MIB);
    assert.ok(reading.peakBytes >= reading.rssBytes);
    assert.ok(reading.peakBytes < 100 * reading.rssBytes, 'kilobytes taken for bytes, or the other way round');
    assert.equal(reading.fdCount, openDescriptors());
    const files = openTenFiles();
    assert.equal(reader.read().fdCount, reading.fdCount + 10);
    files.forEach(closeSync);
  });

  test('remembers the peak when memory is given back', async () => {
    const reader = new PortableReader();
    let block: Buffer | undefined = Buffer.alloc(64 * MIB, 1);
    const full = reader.read().rssBytes;
    assert.equal(block.length, 64 * MIB);
    block = undefined;
    await until(() => {
      collectGarbage();
      return reader.read().rssBytes < full - 32 * MIB;
    });
    assert.ok(reader.read().peakBytes > full - 8 * MIB);
  });

  test('agrees with the Linux reader', { skip: linux }, () => {
    const [portable, exact] = [new PortableReader().read(), new LinuxReader().read()];
    assertClose(portable.rssBytes, exact.rssBytes, 8 * MIB);
    assertClose(portable.peakBytes, exact.peakBytes, 8 * MIB);
    assert.equal(portable.fdCount, exact.fdCount);
  });
});

describe('ProcessSampler', () => {
  test('has a sample as soon as it is started, and none but finite figures', () => {
    using sampler = startedSampler();
    const startedAtMs = performance.now();
    const sample = sampler.latest();
    assert.ok(sample.atMs <= startedAtMs, 'taken by the start, not by reading it');
    assert.equal(sampler.latest(), sample, 'reading it does not take another');
    assert.equal(sample.cpuPercent, 0);
    assert.ok(numbersIn(sample).length > 20);
    for (const figure of numbersIn(sample)) assert.ok(Number.isFinite(figure) && figure >= 0, String(figure));
  });

  test('gives a sample before it is started', () => {
    assert.ok(new ProcessSampler().latest().rssBytes > 0);
  });

  test('samples on its timer until it is stopped, and can be started again', async () => {
    using sampler = startedSampler({ intervalMs: 5 });
    const first = sampler.latest();
    await changed(sampler, first);
    sampler.stop();
    const last = sampler.latest();
    await sleep(50);
    assert.equal(sampler.latest(), last);
    sampler.start();
    await changed(sampler, last);
  });

  test('keeps no process alive', () => {
    const script = `import { ProcessSampler } from './src/process/sampler.ts';
      new ProcessSampler({ onGc: () => {} }).start();`;
    assert.equal(run(['--input-type=module', '-e', script]).status, 0);
  });

  test('sees memory that is allocated', () => {
    const sampler = new ProcessSampler();
    const before = sampler.sample();
    const block = Buffer.alloc(64 * MIB, 1);
    const during = sampler.sample();
    assert.ok(during.rssBytes - before.rssBytes > 48 * MIB, `${before.rssBytes} -> ${during.rssBytes}`);
    assert.ok(during.peakBytes >= during.rssBytes);
    assert.ok(during.heap.arrayBuffersBytes - before.heap.arrayBuffersBytes >= block.length);
    assert.ok(during.heap.externalBytes >= during.heap.arrayBuffersBytes);
  });

  test('sees processor time that is used', () => {
    const sampler = new ProcessSampler();
    const before = sampler.sample();
    // Processor time, not time on the clock: other programs take their share of the cores.
    const start = process.cpuUsage();
    while (process.cpuUsage(start).user + process.cpuUsage(start).system < 300_000) spin(10);
    const after = sampler.sample();
    const used = seconds(after) - seconds(before);
    const elapsed = (after.atMs - before.atMs) / 1000;
    assert.ok(used >= 0.3, `${used} s`);
    assertClose(after.cpuPercent, (used / elapsed) * 100, 0.001);
    assertClose(seconds(after), (process.cpuUsage().user + process.cpuUsage().system) / 1e6, 0.5);
  });

  test('takes no difference over no time', () => {
    const sampler = new ProcessSampler({ now: () => 1000 });
    for (let i = 0; i < 3; i++) {
      spin(2);
      for (const figure of numbersIn(sampler.sample())) assert.ok(Number.isFinite(figure));
    }
    assert.equal(sampler.latest().cpuPercent, 0);
  });

  test('keeps the last share of a core when no time has passed', () => {
    const meter = new ProcessorMeter();
    meter.read(0);
    spin(20);
    const { cpuPercent } = meter.read(100);
    assert.ok(cpuPercent > 0);
    spin(20);
    assert.equal(meter.read(100).cpuPercent, cpuPercent);
  });

  test('counts context switches', async () => {
    const sampler = new ProcessSampler();
    const before = sampler.sample();
    for (let i = 0; i < 20; i++) await sleep(1);
    assert.ok(sampler.sample().contextSwitches.voluntary > before.contextSwitches.voluntary);
  });

  test('counts threads', { skip: linux }, async () => {
    const sampler = new ProcessSampler();
    const before = sampler.sample();
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await new Promise((resolve) => worker.once('online', resolve));
    assert.ok((sampler.sample().threadCount ?? 0) > (before.threadCount ?? 0));
    await worker.terminate();
  });

  test('knows the heap by space', () => {
    const { heap } = new ProcessSampler().sample();
    const names = heap.spaces.map((space) => space.name);
    assert.ok(names.includes('old_space') && names.includes('new_space'), names.join());
    assert.equal(new Set(names).size, names.length);
    for (const space of heap.spaces) assert.ok(space.usedBytes <= space.totalBytes, space.name);
    const used = heap.spaces.reduce((sum, space) => sum + space.usedBytes, 0);
    assertClose(used, process.memoryUsage().heapUsed, 16 * MIB);
    assert.ok(heap.limitBytes > used);
  });

  test('is told of collections, in seconds', async () => {
    const seen: [number, string][] = [];
    using _ = startedSampler({ onGc: (durationSeconds, type) => seen.push([durationSeconds, type]) });
    collectGarbage();
    await until(() => seen.some(([, type]) => type === 'major'));
    for (const [durationSeconds, type] of seen) {
      assert.ok(durationSeconds >= 0 && durationSeconds < 5, String(durationSeconds));
      assert.ok(
        GC_TYPES.some((known) => known === type),
        type,
      );
    }
  });

  test('is told of none once it is stopped', async () => {
    let seen = 0;
    const sampler = startedSampler({ onGc: () => seen++ });
    sampler.stop();
    collectGarbage();
    await sleep(50);
    assert.equal(seen, 0);
  });
});

describe('EventLoopMonitor', () => {
  test('reads near 0 while nothing is late', async () => {
    using monitor = startedMonitor();
    await sleep(1000);
    // The median, because a busy machine can be late now and then; well below the 100 ms a tick takes.
    assert.ok(monitor.read(0).p50Seconds < 0.03, JSON.stringify(monitor.read(0)));
  });

  test('shows a stall', async () => {
    using monitor = startedMonitor();
    await sleep(250);
    monitor.read(0);
    spin(500);
    const { utilization } = monitor.read(500);
    await sleep(150);
    const { maxSeconds, meanSeconds, p99Seconds } = monitor.read(650);
    // But for what ran before the check was due, a tenth of a second at most.
    assert.ok(maxSeconds >= 0.38, String(maxSeconds));
    assert.ok(p99Seconds >= 0.38 && meanSeconds > 0);
    assert.ok(utilization > 0.5 && utilization <= 1, String(utilization));
  });

  test('shows a stall for at least 10 s and at most 20', async () => {
    using monitor = startedMonitor();
    await sleep(250);
    monitor.read(0);
    spin(500);
    await sleep(250);
    for (const atMs of [1, 10_000, 19_999]) assert.ok(monitor.read(atMs).maxSeconds >= 0.38, `at ${atMs} ms`);
    await sleep(250);
    assert.ok(monitor.read(20_000).maxSeconds < 0.38, 'forgotten');
  });

  test('misses no stall that is under way when a half ends', async () => {
    using monitor = startedMonitor();
    monitor.read(0);
    await sleep(250);
    monitor.read(10_000);
    spin(500);
    await sleep(250);
    for (const atMs of [10_001, 19_999]) assert.ok(monitor.read(atMs).maxSeconds >= 0.38, `at ${atMs} ms`);
  });

  test('keeps the last utilization when no time has passed', (t) => {
    const monitor = new EventLoopMonitor();
    spin(20);
    const { utilization } = monitor.read(0);
    assert.ok(utilization > 0);
    const frozen = performance.eventLoopUtilization();
    const ask = performance.eventLoopUtilization;
    t.mock.method(performance, 'eventLoopUtilization', (...args: Parameters<typeof ask>) => {
      return args.length === 0 ? frozen : ask(...args);
    });
    const last = monitor.read(0).utilization;
    assert.equal(monitor.read(0).utilization, last);
    assert.ok(Number.isFinite(last));
  });

  test('is 0 before its first tick', () => {
    const { utilization: _, ...delays } = new EventLoopMonitor().read(0);
    assert.deepEqual(Object.values(delays), [0, 0, 0, 0]);
  });
});

describe('orLast', () => {
  test('throws as long as there is no last result, then gives it', () => {
    let result: number | undefined;
    const read = orLast(() => {
      if (result === undefined) throw new Error('nothing');
      return result;
    });
    assert.throws(read, /nothing/);
    result = 7;
    assert.equal(read(), 7);
    result = undefined;
    assert.equal(read(), 7);
  });
});

function seconds({ cpu }: ProcessSample): number {
  return cpu.userSeconds + cpu.systemSeconds;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'not within 10 s');
    await sleep(5);
  }
}

async function changed(sampler: ProcessSampler, from: ProcessSample): Promise<void> {
  await until(() => sampler.latest() !== from);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function startedMonitor(): EventLoopMonitor & Disposable {
  const monitor = new EventLoopMonitor();
  monitor.start();
  return Object.assign(monitor, { [Symbol.dispose]: () => monitor.stop() });
}

/** A /proc/self of our own. */
function fakeProc(files: Record<string, string>): { dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'peermeter-proc-'));
  mkdirSync(join(dir, 'fd'));
  const complete = { status: 'VmRSS:\t1 kB\n', limits: '', ...files };
  for (const [name, text] of Object.entries(complete)) writeFileSync(join(dir, name), text);
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

function run(args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '../..'),
    timeout: 60_000,
  });
}

/** Runs a script in a process that may open only so many files; returns what it prints. */
function runLimited(descriptors: number, script: string): string {
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', `ulimit -n ${descriptors}; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
    { encoding: 'utf8', cwd: join(import.meta.dirname, '../..'), timeout: 60_000 },
  );
  assert.equal(status, 0, stderr);
  return stdout;
}
