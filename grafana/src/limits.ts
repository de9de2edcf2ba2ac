import type { Threshold } from './thresholds.ts';

/** Thresholds that several panels share, each with its reason. Shares are 0 to 1, shown in percent. */

/** Of a limit that refuses whoever comes when it is reached. */
export const NEAR_LIMIT: readonly Threshold[] = [
  {
    from: 0.8,
    colour: 'yellow',
    why: 'Yellow from 80 %: peers that come back at once, before their old connections are seen to be gone, count twice for a while.',
  },
  { from: 0.95, colour: 'red', why: 'Red from 95 %: the next ones are refused.' },
];

/** Of a limit at which the process itself fails. */
export const NEAR_FAILURE: readonly Threshold[] = [
  { from: 0.7, colour: 'yellow', why: 'Yellow from 70 %: time to raise the limit before it is needed.' },
  { from: 0.9, colour: 'red', why: 'Red from 90 %: beyond the limit nothing works as it should, telemetry included.' },
];

/** Of pings that fail. */
export const LOSS: readonly Threshold[] = [
  { from: 0.01, colour: 'yellow', why: 'Yellow from 1 %: more than the few pings that are lost when peers leave.' },
  {
    from: 0.05,
    colour: 'red',
    why: 'Red from 5 %: three failures in a row close a connection, and at this rate they become likely.',
  },
];

/** Of the event loop's delay, in seconds. */
export const LOOP_DELAY: readonly Threshold[] = [
  { from: 0.05, colour: 'yellow', why: 'Yellow from 50 ms: every round trip measured here is longer by that.' },
  { from: 0.5, colour: 'red', why: 'Red from 500 ms: handshakes and pings begin to time out.' },
];
