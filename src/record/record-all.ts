import type { Instruments } from '../contract/instruments.ts';
import type { Limits } from '../node/admission.ts';
import type { TargetKeeper } from '../node/target-keeper.ts';
import type { Traffic } from '../node/traffic.ts';
import type { PeerTable } from '../peers/peer-table.ts';
import type { Prober } from '../probe/prober.ts';
import { recordDials, recordResources, recordTraffic } from './record-node.ts';
import { type RecordDenied, recordLimits, recordPeers } from './record-peers.ts';
import { recordProbe } from './record-probe.ts';
import { type LatestSample, recordBuildInfo, recordMemoryPerPeer, recordProcess } from './record-process.ts';

/** What any libp2p node can be measured by. */
export interface Measured {
  readonly table: PeerTable;
  readonly prober: Prober;
  readonly latest: LatestSample;
  readonly version: string;
}

/** What only a node of our own making can be measured by, besides. */
export interface MeasuredNode extends Measured {
  readonly limits: Limits;
  readonly traffic: Traffic;
  readonly keeper: TargetKeeper;
}

/** Peers, pings and this process. */
export function recordAnyNode(instruments: Instruments, { table, prober, latest, version }: Measured): void {
  recordPeers(instruments, table);
  recordProbe(instruments, prober);
  recordProcess(instruments, latest);
  recordMemoryPerPeer(instruments, latest, table);
  recordBuildInfo(instruments, version);
}

/** Everything. Returns what takes each refusal. */
export function recordOwnNode(instruments: Instruments, measured: MeasuredNode): RecordDenied {
  recordAnyNode(instruments, measured);
  recordTraffic(instruments, measured.traffic);
  recordDials(instruments, measured.keeper);
  recordResources(instruments, measured);
  return recordLimits(instruments, measured.table, measured.limits);
}
