import type { Direction } from './vocabulary.ts';

/** What is exported of one peer that is connected now. */
export interface PerPeerSeries {
  readonly peerId: string;
  /** When it connected, in Unix milliseconds: where its counter starts. */
  readonly sinceMs: number;
  /** None before the first answered ping. */
  readonly rttSeconds: number | undefined;
  readonly jitterSeconds: number;
  readonly failures: number;
}

/** One peer that is connected now, with what people want to know of it besides. */
export interface PeerDetails extends PerPeerSeries {
  /** Of its newest connection. */
  readonly direction: Direction;
  /** The remote multiaddr of its newest connection. */
  readonly address: string;
  /** Whether it is a configured target. */
  readonly target: boolean;
}
