import type { Config } from '../config/settings.ts';
import type { Target } from '../config/target.ts';
import type { Figures } from '../contract/figures.ts';
import type { Summary } from '../daemon/summary.ts';
import type { ErrorKind } from '../errors.ts';
import type { ProfileRequest } from '../profile/heap-profile.ts';
import type { PeerColumns, PerPeerColumns } from './per-peer.ts';

/** All a worker needs to begin. */
export interface WorkerStart {
  /** Its number, from 0. */
  readonly index: number;
  /** With the port that all workers listen on; 0 for the first of them, which takes a free one. */
  readonly config: Config;
  /** In libp2p's protobuf encoding. */
  readonly privateKey: Uint8Array;
  /** Those this worker keeps connected. */
  readonly targets: readonly Target[];
}

/** What a worker has measured, at one moment. */
export interface Snapshot {
  readonly figures: Figures;
  /** What went wrong while measuring. */
  readonly errors: readonly string[];
  /** Seconds, ascending: percentiles of all processes cannot be made from percentiles of each. */
  readonly connectionAges: Float64Array;
  readonly perPeer: PerPeerColumns;
  readonly summary: Summary;
}

/** Something about who is here, in the order it happened. */
export type Change =
  /** Asks for a place; without a peer id for one among the connections. */
  | { readonly kind: 'take'; readonly id: number; readonly peerId?: string | undefined }
  | { readonly kind: 'give'; readonly peerId?: string | undefined }
  | { readonly kind: 'joined' | 'left'; readonly peerId: string };

/** The answer to a `take`. */
export interface PlaceAnswer {
  readonly id: number;
  readonly granted: boolean;
}

export type ToWorker =
  | { readonly type: 'start'; readonly start: WorkerStart }
  | { readonly type: 'places'; readonly answers: readonly PlaceAnswer[] }
  | { readonly type: 'collect' }
  /** Somebody looks: at most so many of its peers are wanted, with all that is known of them. */
  | { readonly type: 'peers'; readonly most: number }
  | { readonly type: 'profile'; readonly request: ProfileRequest }
  /** Whoever asked for the profile is gone. */
  | { readonly type: 'end-profile' }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'listening'; readonly addresses: readonly string[] }
  | { readonly type: 'failed'; readonly kind: ErrorKind; readonly message: string }
  | { readonly type: 'changes'; readonly changes: readonly Change[] }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'peers'; readonly peers: PeerColumns }
  /** A heap profile as JSON, or why there is none. */
  | { readonly type: 'profile'; readonly profile: string | Error }
  /** The last one; then it waits to be let go. */
  | { readonly type: 'stopped'; readonly snapshot: Snapshot };
