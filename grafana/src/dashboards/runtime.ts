import * as units from '@grafana/grafana-foundation-sdk/units';
import { histogramQuantile, max, ratio, sum } from '../../../prometheus/src/promql.ts';
import { dashboard } from '../dashboard.ts';
import { LOOP_DELAY, NEAR_FAILURE } from '../limits.ts';
import { lines } from '../lines.ts';
import { query } from '../query.ts';
import { ABOUT_BUSIEST, ABOUT_SUM, buckets, busiest, counts, metric, perSecond, sums } from '../scope.ts';

const processor = {
  title: 'Processor: utilisation, saturation',
  panels: [
    lines({
      title: 'CPU Usage',
      description: `100 % is one core. A daemon of one process serves its peers on one core; garbage collection and cryptography in other threads can bring it above. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.Percent,
      min: 0,
      queries: [query(busiest(metric('cpuUsage')), '{{instance}}')],
    }),
    lines({
      title: 'CPU Time by Mode',
      description: `100 % is one core. user is JavaScript and cryptography, system the kernel's part, mostly sockets. ${ABOUT_SUM}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      stacked: true,
      queries: [query(sum(perSecond(metric('cpuTime')), 'cpu_mode'), '{{cpu_mode}}')],
    }),
    lines({
      title: 'Event Loop Utilization',
      description: `Share of the time the event loop had something to do. Near 100 % everything waits its turn: more than one process (--processes), or fewer peers. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(busiest(metric('eventLoopUtilization')), '{{instance}}')],
      thresholds: NEAR_FAILURE,
    }),
    lines({
      title: 'Event Loop Delay',
      description: `How late the event loop is, over the last 10 to 20 s: p99 of each daemon. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [query(busiest(metric('eventLoopDelayP99')), '{{instance}}')],
      thresholds: LOOP_DELAY,
    }),
    lines({
      title: 'Event Loop Delay, Worst Daemon',
      description: 'Mean, median, p99 and the longest single stall, each of the daemon where it is largest.',
      width: 8,
      unit: units.Seconds,
      min: 0,
      queries: [
        query(max(metric('eventLoopDelayMean')), 'mean'),
        query(max(metric('eventLoopDelayP50')), 'p50'),
        query(max(metric('eventLoopDelayP99')), 'p99'),
        query(max(metric('eventLoopDelayMax')), 'longest'),
      ],
    }),
    lines({
      title: 'Context Switches',
      description: `A second. voluntary: the process had nothing to do; involuntary: others wanted the core, so round trips measured here hold some of their work. ${ABOUT_SUM}`,
      width: 8,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [
        query(
          sum(perSecond(metric('contextSwitches')), 'process_context_switch_type'),
          '{{process_context_switch_type}}',
        ),
      ],
    }),
  ],
};

const memory = {
  title: 'Memory: utilisation, saturation',
  panels: [
    lines({
      title: 'Heap against Its Limit',
      description: `Heap in use as a share of the size at which V8 gives up and the process ends (--max-old-space-size in NODE_OPTIONS). ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [
        query(
          busiest(ratio(sum(metric('heapUsed'), 'job', 'instance'), sum(metric('heapLimit'), 'job', 'instance'))),
          '{{instance}}',
        ),
      ],
      thresholds: NEAR_FAILURE,
    }),
    lines({
      title: 'Heap: Used, Held, Limit',
      description: `Used and held differ by what V8 keeps for later; the limit, on the right, is where it gives up. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      queries: [
        query(sum(metric('heapUsed')), 'used'),
        query(sum(metric('heapTotal')), 'held'),
        query(sum(metric('heapLimit')), 'limit'),
      ],
      right: [{ lines: 'limit', unit: units.BytesIEC }],
      bound: 'limit',
    }),
    lines({
      title: 'Heap Used by Space',
      description: `old_space holds what has lived long: there a leak shows. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      stacked: true,
      queries: [query(sum(metric('heapUsed'), 'v8js_heap_space_name'), '{{v8js_heap_space_name}}')],
    }),
    lines({
      title: 'Memory of the Process',
      description: `Resident now, the largest it ever was, and virtual (right), of which V8 reserves far more than it uses. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      queries: [
        query(sum(metric('memoryRss')), 'resident'),
        query(sum(metric('memoryPeak')), 'peak'),
        query(sum(metric('memoryVms')), 'virtual'),
      ],
      right: [{ lines: 'virtual', unit: units.BytesIEC }],
    }),
    lines({
      title: 'Outside the Heap',
      description: `What JavaScript objects hold outside the heap, and of that the array buffers: Node.js buffers, sockets' data. ${ABOUT_SUM}`,
      width: 8,
      unit: units.BytesIEC,
      min: 0,
      queries: [
        query(sum(metric('heapExternal')), 'external'),
        query(sum(metric('heapArrayBuffers')), 'array buffers'),
      ],
    }),
    lines({
      title: 'Time Spent Collecting Garbage',
      description: `Share of the time by kind of collection. Below 0.1 % with 50 peers; a share that grows with level load is a heap near its limit. Of several daemons the one where it is largest.`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      queries: [query(max(perSecond(sums('gcDuration')), 'v8js_gc_type'), '{{v8js_gc_type}}')],
    }),
    lines({
      title: 'Garbage Collections',
      description: `Collections a second by kind. minor: the young generation, in about a millisecond; major: all of the heap. ${ABOUT_SUM}`,
      width: 12,
      unit: units.CountsPerSecond,
      min: 0,
      queries: [query(sum(perSecond(counts('gcDuration')), 'v8js_gc_type'), '{{v8js_gc_type}}')],
    }),
    lines({
      title: 'Pauses for Garbage Collection, p99',
      description: `By kind, of those in the window; the bounds of the buckets are 1, 10, 100 ms and 1 s, between them it is interpolated. ${ABOUT_SUM}`,
      width: 12,
      unit: units.Seconds,
      min: 0,
      noValue: 'no collections',
      queries: [query(histogramQuantile(0.99, perSecond(buckets('gcDuration')), 'v8js_gc_type'), '{{v8js_gc_type}}')],
    }),
  ],
};

const descriptors = {
  title: 'Descriptors and threads',
  panels: [
    lines({
      title: 'Descriptors against Their Limit',
      description: `Open file descriptors as a share of the limit (ulimit -n). One a connection; without any left no peer gets in and no scrape either. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      queries: [query(busiest(ratio(metric('fdCount'), metric('fdLimit'))), '{{instance}}')],
      thresholds: NEAR_FAILURE,
    }),
    lines({
      title: 'File Descriptors',
      description: `Open ones of each daemon. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.Short,
      min: 0,
      decimals: 0,
      queries: [query(busiest(metric('fdCount')), '{{instance}}')],
    }),
    lines({
      title: 'Threads',
      description: `Kernel threads, all of them Node.js's own: a peer takes none. ${ABOUT_BUSIEST}`,
      width: 8,
      unit: units.Short,
      min: 0,
      decimals: 0,
      queries: [query(busiest(metric('threadCount')), '{{instance}}')],
    }),
  ],
};

const ONE = 'one process a daemon';
const each = '{{process}} {{instance}}';
const ABOUT_PROCESSES = `Only for daemons of several processes (--processes): workers by number, and the primary. Of more than ten daemons those that had the most peers.`;

const processes = {
  title: 'Processes of a daemon, where there are several',
  panels: [
    lines({
      title: 'Processes Up',
      description: `1 while a process runs, 0 between its end and its restart. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.Short,
      min: 0,
      max: 1,
      decimals: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processUp')), each)],
    }),
    lines({
      title: 'Restarts of Workers',
      description: `Times a worker ended by itself and was started again, since the daemon began. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.Short,
      min: 0,
      decimals: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processRestarts')), each)],
    }),
    lines({
      title: 'Peers by Process',
      description: `The kernel spreads connections unevenly; one worker without any is not right. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.Short,
      min: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processPeers')), each)],
    }),
    lines({
      title: 'Pings Answered by Process',
      description: `A second. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.CountsPerSecond,
      min: 0,
      noValue: ONE,
      queries: [query(busiest(perSecond(metric('processPingResponses'))), each)],
    }),
    lines({
      title: 'CPU by Process',
      description: `100 % is one core. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.Percent,
      min: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processCpuUsage')), each)],
    }),
    lines({
      title: 'Memory by Process',
      description: `Resident; pages that processes share are in each. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.BytesIEC,
      min: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processMemoryRss')), each)],
    }),
    lines({
      title: 'Event Loop Delay p99 by Process',
      description: `Over the last 10 to 20 s. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.Seconds,
      min: 0,
      noValue: ONE,
      queries: [query(busiest(metric('processLoopDelayP99')), each)],
      thresholds: LOOP_DELAY,
    }),
    lines({
      title: 'Event Loop Utilization by Process',
      description: `Share of the time its event loop had something to do. ${ABOUT_PROCESSES}`,
      width: 6,
      unit: units.PercentUnit,
      min: 0,
      max: 1,
      noValue: ONE,
      queries: [query(busiest(metric('processLoopUtilization')), each)],
      thresholds: NEAR_FAILURE,
    }),
  ],
};

export const runtime = dashboard({
  uid: 'peermeter-runtime',
  title: 'libp2p Runtime',
  description:
    'Whether the process keeps up: processor, event loop, heap, garbage collection, descriptors, by use and saturation.',
  rows: [processor, memory, descriptors, processes],
});
