import { PING_ERRORS } from '../contract/vocabulary.ts';
import type { Traffic } from '../node/traffic.ts';
import type { PeerTable } from '../peers/peer-table.ts';
import type { Prober } from '../probe/prober.ts';

/** What a daemon did in its life. */
export interface Summary {
  readonly uptimeSeconds: number;
  readonly peakPeers: number;
  readonly connectionsOpened: number;
  readonly connectionsDenied: number;
  readonly pings: number;
  readonly pingResponses: number;
  readonly pingErrors: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Counts, for people, what the summary at the end says. */
export class Tally {
  readonly #startedAtMs = performance.now();
  readonly #prober: Prober;
  readonly #traffic: Traffic;
  #peakPeers = 0;
  #opened = 0;
  #denied = 0;

  constructor(table: PeerTable, prober: Prober, traffic: Traffic) {
    this.#prober = prober;
    this.#traffic = traffic;
    table.on('opened', () => this.#opened++);
    table.on('joined', () => {
      this.#peakPeers = Math.max(this.#peakPeers, table.peerCount);
    });
  }

  denied(): void {
    this.#denied++;
  }

  summary(): Summary {
    const { counts } = this.#prober;
    return {
      uptimeSeconds: Math.round((performance.now() - this.#startedAtMs) / 1000),
      peakPeers: this.#peakPeers,
      connectionsOpened: this.#opened,
      connectionsDenied: this.#denied,
      pings: counts.requests,
      pingResponses: counts.responses,
      pingErrors: PING_ERRORS.reduce((sum, error) => sum + counts.errors[error], 0),
      bytesRead: this.#traffic.sockets.receivedBytes,
      bytesWritten: this.#traffic.sockets.sentBytes,
    };
  }
}
