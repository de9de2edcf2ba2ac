import { privateKeyFromProtobuf } from '@libp2p/crypto/keys';
import { ignoreClosedPipes } from '../closed-pipes.ts';
import type { Config } from '../config/settings.ts';
import { createNodeSide, type NodeSide } from '../daemon/node-side.ts';
import { messageOf, OperatorError } from '../errors.ts';
import { createLogger } from '../log/logger.ts';
import { SharedAdmission } from '../node/shared-admission.ts';
import type { ProfileRequest } from '../profile/heap-profile.ts';
import { sampleHeap } from '../profile/sample-heap.ts';
import { listenToSdk } from '../telemetry/telemetry.ts';
import { createFiguresMeter, type FiguresMeter } from './figures-meter.ts';
import type { FromWorker, Snapshot, ToWorker, WorkerStart } from './messages.ts';
import { pack, packDetails } from './per-peer.ts';
import { RemotePlaces } from './remote-places.ts';

// One of several processes behind one port: a node like any other, whose figures and limits are the primary's business.

interface Working {
  readonly config: Config;
  readonly side: NodeSide;
  readonly meter: FiguresMeter;
}

const send = (message: FromWorker): void => {
  // What cannot be sent any more is for a primary that is gone: `disconnect` is next.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
};
const places = new RemotePlaces((changes) => send({ type: 'changes', changes }));
let working: Promise<Working> | undefined;

async function work({ index, config, privateKey, targets }: WorkerStart): Promise<Working> {
  const log = createLogger({ level: config.logLevel }).child({ process: index });
  listenToSdk(log);
  const meter = createFiguresMeter();
  const side = await createNodeSide({
    config,
    privateKey: privateKeyFromProtobuf(privateKey),
    targets,
    log,
    gatekeeper: new SharedAdmission(places),
    reusePort: true,
  });
  side.record(meter.instruments);
  side.table.on('joined', (peer) => places.joined(peer.id)).on('left', (peer) => places.left(peer.id));
  send({ type: 'listening', addresses: await side.start() });
  return { config, side, meter };
}

async function begin(start: WorkerStart): Promise<void> {
  try {
    working = work(start);
    await working;
  } catch (error) {
    working = undefined;
    const kind = error instanceof OperatorError ? error.kind : 'fault';
    send({ type: 'failed', kind, message: messageOf(error) });
  }
}

async function snapshot({ config, side, meter }: Working): Promise<Snapshot> {
  const { figures, errors } = await meter.collect();
  return {
    figures,
    errors,
    connectionAges: side.table.connectionAges(),
    perPeer: pack([...side.perPeer(config.perPeerSeries)]),
    summary: side.summary(),
  };
}

async function report(type: 'snapshot' | 'stopped'): Promise<void> {
  // One that could not start has said so, and has nothing to report.
  const present = await working?.catch(() => undefined);
  if (present === undefined) return;
  if (type === 'stopped') await present.side.stop();
  const taken = await snapshot(present);
  places.flush();
  send({ type, snapshot: taken });
}

async function tellPeers(most: number): Promise<void> {
  const present = await working?.catch(() => undefined);
  if (present !== undefined) send({ type: 'peers', peers: packDetails([...present.side.perPeer(most)]) });
}

let profiling: AbortController | undefined;

async function profile(request: ProfileRequest): Promise<void> {
  profiling = new AbortController();
  const taken = await sampleHeap(request, profiling.signal).catch((error: Error) => error);
  send({ type: 'profile', profile: taken });
}

function receive(message: ToWorker): void {
  if (message.type === 'start') void begin(message.start);
  else if (message.type === 'places') places.answered(message.answers);
  else if (message.type === 'peers') void tellPeers(message.most);
  else if (message.type === 'profile') void profile(message.request);
  else if (message.type === 'end-profile') profiling?.abort();
  else void report(message.type === 'stop' ? 'stopped' : 'snapshot');
}

ignoreClosedPipes();
// Ctrl-C and systemd tell all processes at once; these wait for the primary to tell them.
process.on('SIGINT', () => {}).on('SIGTERM', () => {});
process.on('disconnect', () => process.exit());
process.on('message', receive);
// It may have gone while this was loaded.
if (!process.connected) process.exit();
