import type { MetricRow } from '../row.ts';

/**
 * The processes of one daemon, told apart by the label `process`: the number of a worker, counted from 0, or `primary`.
 */
export const PROCESSES_METRICS = {
  processUp: {
    instrument: 'libp2p.processes.up',
    name: 'libp2p_process_up',
    kind: 'gauge',
    source: 'per-process',
    unit: '',
    labels: { process: null },
    help: '1 while a process runs, 0 between its end and its restart.',
  },
  processRestarts: {
    instrument: 'libp2p.processes.restarts',
    name: 'libp2p_process_restarts_total',
    kind: 'counter',
    source: 'per-process',
    unit: '',
    labels: { process: null },
    help: 'Times a worker ended by itself and was started again.',
  },
  processPeers: {
    instrument: 'libp2p.processes.peers',
    name: 'libp2p_process_peers',
    kind: 'gauge',
    source: 'per-process',
    unit: '',
    labels: { process: null },
    help: 'Remote peers connected to a worker.',
  },
  processPingResponses: {
    instrument: 'libp2p.processes.ping.responses',
    name: 'libp2p_process_ping_responses_total',
    kind: 'counter',
    source: 'per-process',
    unit: '',
    labels: { process: null },
    help: 'Pings of a worker that were answered, those before its restarts included.',
  },
  processMemoryRss: {
    instrument: 'libp2p.processes.memory',
    name: 'libp2p_process_memory_rss_bytes',
    kind: 'gauge',
    source: 'per-process',
    unit: 'By',
    labels: { process: null },
    help: 'Resident set of a process; pages they share are in each.',
  },
  processCpuUsage: {
    instrument: 'libp2p.processes.cpu',
    name: 'libp2p_process_cpu_usage_percent',
    kind: 'gauge',
    source: 'per-process',
    unit: '%',
    labels: { process: null },
    help: 'Processor time of a process over its last sampling window; 100 is one core.',
  },
  processLoopDelayP99: {
    instrument: 'libp2p.processes.eventloop.delay.p99',
    name: 'libp2p_process_event_loop_delay_p99_seconds',
    kind: 'gauge',
    source: 'per-process',
    unit: 's',
    labels: { process: null },
    help: '99th percentile of the event loop delay of a process over the last 10 to 20 s.',
  },
  processLoopUtilization: {
    instrument: 'libp2p.processes.eventloop.utilization',
    name: 'libp2p_process_event_loop_utilization',
    kind: 'gauge',
    source: 'per-process',
    unit: '',
    labels: { process: null },
    help: 'Share of the last sampling window the event loop of a process was busy, 0 to 1.',
  },
} as const satisfies Record<string, MetricRow>;
