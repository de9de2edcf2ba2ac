import type { Stream } from '@libp2p/interface';

/** What a peer of the swarm needs of its connection, whoever holds it. */
export interface PeerConnection {
  readonly open: boolean;
  /** Opens a stream and negotiates the ping protocol on it. */
  openPingStream(signal: AbortSignal): Promise<Stream>;
  /** Calls back once, when the connection has ended, whoever ended it. */
  onClose(listener: () => void): void;
  /** Reads nothing more until `thaw`: what a process that hangs looks like from outside. */
  freeze(): void;
  thaw(): void;
  /** Takes leave in good order. Never rejects. */
  close(): Promise<void>;
  /** Ends the connection at once. */
  abort(error: Error): void;
}

/** One identity that can connect to the target, again and again. */
export interface Dialer {
  /** Throws what kept it from connecting; `dialResult` says what that comes to. */
  dial(signal: AbortSignal): Promise<PeerConnection>;
  /** Gives up what is held beside the connection. */
  stop(): Promise<void>;
}
