import { privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import type { Config } from '../config/settings.ts';
import { groupTargets, type Target } from '../config/target.ts';
import type { Daemon, DaemonInit } from '../daemon/daemon.ts';
import { FLUSH_DEADLINE_MS } from '../daemon/deadlines.ts';
import { createFront } from '../daemon/front.ts';
import { configuredIdentity } from '../daemon/identity.ts';
import { refuseSelfDial } from '../daemon/problems.ts';
import type { Summary } from '../daemon/summary.ts';
import { ProcessSampler } from '../process/sampler.ts';
import { recordBuildInfo, recordGc, recordProcess } from '../record/record-process.ts';
import { PerPeerProducer } from '../telemetry/per-peer-producer.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import { VERSION } from '../version.ts';
import { keepBooks } from './books.ts';
import { ClusterProducer } from './cluster-producer.ts';
import { createFiguresMeter } from './figures-meter.ts';
import { healthOf } from './health.ts';
import type { WorkerStart } from './messages.ts';
import { PlaceKeeper } from './places.ts';
import { refuseTakenPort, refuseWithoutReusePort } from './platform.ts';
import { profileOneOf } from './profiles.ts';
import { Roster } from './roster.ts';
import { addSummaries, NOTHING_YET } from './summaries.ts';
import { WorkerSlot } from './worker-slot.ts';

/** Peers have a second to take leave; what is left of the 5 s is for the last push. */
const STOP_DEADLINE_MS = 1250;

/** What a worker has counted since it was last asked is lost when it is killed. */
const REFRESH_EVERY_MS = 5000;

/**
 * Starts a daemon of several processes behind one port: workers that hold the peers, all under one identity, and this
 * one, the primary, that answers for them: limits, telemetry, health, and their life and end.
 *
 * Throws what `startDaemon` throws, and an OperatorError (`config`) where the operating system cannot do it.
 */
export async function startCluster({ config, log, env }: DaemonInit): Promise<Daemon> {
  refuseWithoutReusePort();
  const privateKey = await configuredIdentity(config, env);
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  const targets = groupTargets(config.targets);
  refuseSelfDial(targets, peerId);
  await refuseTakenPort(config);

  const startedAtMs = performance.now();
  const roster = new Roster();
  const places = new PlaceKeeper(config);
  const slots = Array.from({ length: config.processes }, (_, index) => new WorkerSlot(index, log));
  for (const slot of slots) keepBooks(slot, places, roster);

  const own = createFiguresMeter();
  const sampler = new ProcessSampler({ onGc: recordGc(own.instruments) });
  sampler.start();
  recordProcess(own.instruments, () => sampler.latest());

  const perPeer = { cap: config.perPeerSeries, targets: new Set(targets.map((target) => target.peerId)) };
  const producer = new ClusterProducer({ slots, own, roster, limits: config, perPeer });
  const telemetry = await startTelemetry({
    config,
    peerId,
    log,
    producers: [producer],
    perPeer: new PerPeerProducer(() => producer.perPeer()),
  });
  recordBuildInfo(telemetry.instruments, VERSION);
  const refreshing = setInterval(() => void producer.refreshUnlessNewerThan(REFRESH_EVERY_MS), REFRESH_EVERY_MS);

  let started = false;
  const health = () => healthOf({ slots, started, sampledAtMs: sampler.latest().atMs, nowMs: performance.now() });
  const front = createFront({
    config,
    peerId,
    telemetry,
    health,
    peers: async (most) => ({ total: roster.size, peers: await producer.peers(most) }),
    profile: profileOneOf(slots),
    log,
  });

  const stop = async (flushMs = FLUSH_DEADLINE_MS): Promise<Summary> => {
    started = false;
    front.takeLeave();
    clearInterval(refreshing);
    await Promise.all(slots.map((slot) => slot.stop(STOP_DEADLINE_MS)));
    sampler.stop();
    const flushed = await telemetry.shutdown(flushMs);
    if (!flushed && flushMs > 0) log.warn('the last push did not get out in time');
    await front.stop();
    const sum = slots.map((slot) => slot.summary).reduce(addSummaries, NOTHING_YET);
    const uptimeSeconds = Math.round((performance.now() - startedAtMs) / 1000);
    return { ...sum, uptimeSeconds, peakPeers: roster.peak };
  };
  try {
    const at = await front.start();
    const addresses = await listen(
      slots,
      { config: withoutExporters(config), privateKey: privateKeyToProtobuf(privateKey) },
      targets,
    );
    front.listening(addresses);
    started = true;
    return { peerId, addresses, ...at, pushDestinations: telemetry.pushDestinations, stop: () => stop() };
  } catch (error) {
    // Nothing has been measured that would be worth a wait.
    await stop(0);
    throw error;
  }
}

/** The primary alone sends telemetry, and what lets it in is no business of the others. */
const withoutExporters = (config: Config): Config => ({ ...config, exporters: [] });

/** All processes load at once; the first to listen finds out the port, and the others follow. */
async function listen(
  slots: readonly WorkerSlot[],
  shared: Pick<WorkerStart, 'config' | 'privateKey'>,
  targets: readonly Target[],
): Promise<readonly string[]> {
  for (const slot of slots) slot.fork();
  const start = (slot: WorkerSlot, config: Config): Promise<readonly string[]> =>
    slot.listen({
      ...shared,
      config,
      index: slot.index,
      targets: targets.filter((_, at) => at % slots.length === slot.index),
    });
  const [first, ...others] = slots;
  const addresses = first === undefined ? [] : await start(first, shared.config);
  const port = portOf(addresses) ?? shared.config.port;
  first?.rememberPort(port);
  await Promise.all(others.map((slot) => start(slot, { ...shared.config, port })));
  return addresses;
}

function portOf(addresses: readonly string[]): number | undefined {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}
