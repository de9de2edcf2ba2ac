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
