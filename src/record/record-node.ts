import type { Instruments } from '../contract/instruments.ts';
import { DIRECTIONS, PROTOCOLS, RESOURCE_TYPES, type ResourceType } from '../contract/vocabulary.ts';
import type { TargetKeeper } from '../node/target-keeper.ts';
import type { Traffic } from '../node/traffic.ts';
import type { PeerTable } from '../peers/peer-table.ts';
import type { Prober } from '../probe/prober.ts';

/** Bytes and streams, as the node's sockets and streams carried them. */
export function recordTraffic(instruments: Instruments, traffic: Traffic): void {
  instruments.observe('ioRead', (observe) => observe(traffic.sockets.receivedBytes, {}));
  instruments.observe('ioWrite', (observe) => observe(traffic.sockets.sentBytes, {}));
  instruments.observe('protocolBytes', (observe) => {
    for (const protocol of PROTOCOLS) {
      observe(traffic.protocols[protocol].receivedBytes, { protocol, direction: 'received' });
      observe(traffic.protocols[protocol].sentBytes, { protocol, direction: 'sent' });
    }
  });
  instruments.observe('streams', (observe) => {
    for (const protocol of PROTOCOLS) {
      for (const direction of DIRECTIONS) observe(traffic.protocols[protocol].open[direction], { protocol, direction });
    }
  });
}

/** Dials to the configured targets. */
export function recordDials(instruments: Instruments, keeper: TargetKeeper): void {
  const dials = instruments.counter('dials');
  const duration = instruments.histogram('dialDuration');
  keeper.on('dialed', (_target, result, durationMs) => {
    dials(1, { result });
    duration({ result }).record(durationMs / 1000);
  });
}

/** Begun and ended, of everything that has a life. */
interface Lifecycle {
  begun: number;
  ended: number;
}

/** What is allocated and given back: connections, streams, dials, pings. */
export function recordResources(
  instruments: Instruments,
  sources: { table: PeerTable; traffic: Traffic; keeper: TargetKeeper; prober: Prober },
): void {
  const { table, traffic, keeper, prober } = sources;
  const connections: Lifecycle = { begun: 0, ended: 0 };
  const dials: Lifecycle = { begun: 0, ended: 0 };
  table.on('opened', () => connections.begun++);
  table.on('closed', () => connections.ended++);
  keeper.on('dialing', () => dials.begun++);
  keeper.on('dialed', () => dials.ended++);
  const lifecycles: Record<ResourceType, () => Lifecycle> = {
    connection: () => connections,
    stream: () => ({ begun: traffic.streamsOpened, ended: traffic.streamsClosed }),
    dial: () => dials,
    ping: () => ({ begun: prober.counts.requests, ended: prober.counts.requests - prober.counts.active }),
  };
  instruments.observe('resourceAllocations', (observe) => {
    for (const resource_type of RESOURCE_TYPES) observe(lifecycles[resource_type]().begun, { resource_type });
  });
  instruments.observe('resourceDeallocations', (observe) => {
    for (const resource_type of RESOURCE_TYPES) observe(lifecycles[resource_type]().ended, { resource_type });
  });
  instruments.observe('activeResources', (observe) => {
    for (const resource_type of RESOURCE_TYPES) {
      const { begun, ended } = lifecycles[resource_type]();
      observe(begun - ended, { resource_type });
    }
  });
}
