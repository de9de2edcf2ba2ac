import type { Instruments } from '../contract/instruments.ts';
import type { GcType } from '../contract/vocabulary.ts';
import type { PeerTable } from '../peers/peer-table.ts';
import type { ProcessSample } from '../process/sample.ts';

/** The last sample of this process. */
export type LatestSample = () => ProcessSample;

/** This process, as its one sampling timer last saw it: every reader gets the same figures. */
export function recordProcess(instruments: Instruments, latest: LatestSample): void {
  recordMemory(instruments, latest);
  instruments.observe('cpuUsage', (observe) => observe(latest().cpuPercent, {}));
  instruments.observe('cpuTime', (observe) => {
    const { userSeconds, systemSeconds } = latest().cpu;
    observe(userSeconds, { 'cpu.mode': 'user' });
    observe(systemSeconds, { 'cpu.mode': 'system' });
  });
  instruments.observe('fdCount', (observe) => observe(latest().fdCount, {}));
  instruments.observe('fdLimit', (observe) => observe(latest().fdLimit ?? Number.NaN, {}));
  instruments.observe('threadCount', (observe) => observe(latest().threadCount ?? Number.NaN, {}));
  instruments.observe('contextSwitches', (observe) => {
    const { voluntary, involuntary } = latest().contextSwitches;
    observe(voluntary, { 'process.context_switch.type': 'voluntary' });
    observe(involuntary, { 'process.context_switch.type': 'involuntary' });
  });
  instruments.observe('eventLoopDelayMean', (observe) => observe(latest().eventLoop.meanSeconds, {}));
  instruments.observe('eventLoopDelayP50', (observe) => observe(latest().eventLoop.p50Seconds, {}));
  instruments.observe('eventLoopDelayP99', (observe) => observe(latest().eventLoop.p99Seconds, {}));
  instruments.observe('eventLoopDelayMax', (observe) => observe(latest().eventLoop.maxSeconds, {}));
  instruments.observe('eventLoopUtilization', (observe) => observe(latest().eventLoop.utilization, {}));
}

/** Takes each garbage collection. */
export function recordGc(instruments: Instruments): (durationSeconds: number, type: GcType) => void {
  const duration = instruments.histogram('gcDuration');
  return (durationSeconds, type) => duration({ 'v8js.gc.type': type }).record(durationSeconds);
}

/** What a peer costs: the resident set shared out, and its growth over the node without peers. */
export function recordMemoryPerPeer(instruments: Instruments, latest: LatestSample, table: PeerTable): void {
  let rssWithoutPeers = latest().rssBytes;
  table.on('joined', () => {
    if (table.peerCount === 1) rssWithoutPeers = latest().rssBytes;
  });
  const perPeer = (bytes: number): number => (table.peerCount === 0 ? 0 : bytes / table.peerCount);
  instruments.observe('memoryPerPeer', (observe) => observe(perPeer(latest().rssBytes), {}));
  instruments.observe('memoryPerPeerMarginal', (observe) => observe(perPeer(latest().rssBytes - rssWithoutPeers), {}));
}

function recordMemory(instruments: Instruments, latest: LatestSample): void {
  instruments.observe('memoryRss', (observe) => observe(latest().rssBytes, {}));
  instruments.observe('memoryVms', (observe) => observe(latest().vmsBytes ?? Number.NaN, {}));
  instruments.observe('memoryPeak', (observe) => observe(latest().peakBytes, {}));
  instruments.observe('heapUsed', (observe) => {
    for (const { name, usedBytes } of latest().heap.spaces) observe(usedBytes, { 'v8js.heap.space.name': name });
  });
  instruments.observe('heapTotal', (observe) => {
    for (const { name, totalBytes } of latest().heap.spaces) observe(totalBytes, { 'v8js.heap.space.name': name });
  });
  instruments.observe('heapLimit', (observe) => observe(latest().heap.limitBytes, {}));
  instruments.observe('heapExternal', (observe) => observe(latest().heap.externalBytes, {}));
  instruments.observe('heapArrayBuffers', (observe) => observe(latest().heap.arrayBuffersBytes, {}));
}

/** What is running. */
export function recordBuildInfo(instruments: Instruments, version: string): void {
  const attributes = { version, node_version: process.versions.node, platform: `${process.platform}-${process.arch}` };
  instruments.observe('buildInfo', (observe) => observe(1, attributes));
}
