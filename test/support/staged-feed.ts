import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LIVE_PAGE } from '../../src/entries.ts';
import { pageRoutes, readPage } from '../../src/http/page-routes.ts';
import type { LiveEvents, LiveHello, LivePeerRow, LivePoint } from '../../src/live/feed.ts';

/** A server of the real page whose feed says what it is told to: for what no real daemon can be made to say. */
export interface StagedFeed {
  readonly url: string;
  /** How many listen. */
  readonly viewers: () => number;
  /** Says this to all who listen. */
  say<Name extends keyof LiveEvents>(event: Name, data: LiveEvents[Name]): void;
  /** What is said to each who comes, at once. */
  greetWith(hello: LiveHello, history: readonly LivePoint[]): void;
  /** Answers the feed with 503 and this text from now on; undefined lets everybody in again. */
  refuse(text: string | undefined): void;
  /** Breaks the connections of all who listen. */
  hangUp(): void;
  stop(): Promise<void>;
}

/** Starts it, on this port or a free one. */
export async function startStagedFeed(port = 0): Promise<StagedFeed> {
  const routes = pageRoutes(readPage(LIVE_PAGE), () => ({ status: 200, contentType: 'text/plain', body: '' }));
  const listening = new Set<ServerResponse>();
  let greeting = '';
  let refusal: string | undefined;

  const live = (response: ServerResponse): void => {
    if (refusal !== undefined) return void response.writeHead(503, { 'content-type': 'text/plain' }).end(refusal);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(greeting);
    listening.add(response);
    response.on('close', () => listening.delete(response));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url === '/live') return live(response);
    const reply = await routes[request.url ?? '']?.(request);
    if (reply === undefined || !('body' in reply)) return void response.writeHead(404).end();
    response.writeHead(reply.status, { 'content-type': reply.contentType, ...reply.headers }).end(reply.body);
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    viewers: () => listening.size,
    say(event, data) {
      for (const response of listening) response.write(text(event, data));
    },
    greetWith(hello, history) {
      greeting = text('hello', hello) + text('history', history);
    },
    refuse(text) {
      refusal = text;
    },
    hangUp() {
      for (const response of listening) response.destroy();
    },
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function text<Name extends keyof LiveEvents>(event: Name, data: LiveEvents[Name]): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A daemon of the defaults that has run for an hour. */
export function someHello(more: Partial<LiveHello> = {}): LiveHello {
  return {
    service: 'peermeter',
    peerId: '12D3KooWHEaWCBhqWw2DtbAhkZBdVhB5TFEVAZpLR7bbK7BZMGUR',
    version: '0.1.0',
    addresses: ['/ip4/127.0.0.1/tcp/8001/p2p/12D3KooWHEaWCBhqWw2DtbAhkZBdVhB5TFEVAZpLR7bbK7BZMGUR'],
    startedAtMs: Date.now() - 3_600_000,
    intervalMs: 1000,
    keepMs: 900_000,
    processes: 1,
    ...more,
  };
}

/** A second of a daemon with no peers and nothing to tell. */
export function emptyPoint(more: Partial<LivePoint> = {}): LivePoint {
  return {
    atMs: Date.now(),
    peers: 0,
    maxPeers: 100,
    inbound: 0,
    outbound: 0,
    poolUtilization: 0,
    poolSize: 200,
    memoryPerPeerBytes: 0,
    memoryRssBytes: 88e6,
    heapUsedBytes: 20e6,
    cpuPercent: 0.2,
    descriptors: 25,
    descriptorLimit: 1_048_576,
    loopDelayP99Seconds: null,
    pingsPerSecond: null,
    pingFailuresPerSecond: null,
    rttP50Seconds: null,
    rttP95Seconds: null,
    rttP99Seconds: null,
    durationP50Seconds: null,
    durationP95Seconds: null,
    durationP99Seconds: null,
    ageP50Seconds: 0,
    ageP95Seconds: 0,
    ageP99Seconds: 0,
    openedPerSecond: null,
    closedPerSecond: null,
    deniedPerSecond: null,
    readBytesPerSecond: null,
    writtenBytesPerSecond: null,
    ...more,
  };
}

/** A peer like any other. */
export function somePeer(more: Partial<LivePeerRow> = {}): LivePeerRow {
  return {
    peerId: '12D3KooWJcj7vGKBPwKrVRRAsVzvw4Dk6kh4vzVcMH2rQ1fvG9yz',
    direction: 'inbound',
    address: '/ip4/127.0.0.1/tcp/41872',
    target: false,
    connectedAtMs: Date.now() - 90_000,
    rttSeconds: 0.000_38,
    jitterSeconds: 0.000_06,
    failures: 0,
    ...more,
  };
}
