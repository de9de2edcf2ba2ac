import { setImmediate } from 'node:timers/promises';

/**
 * How many data points are handled in one turn of the event loop; between turns, pings go out and come in. 30,000
 * points (three series each of 10,000 peers) in one go keep everybody waiting for longer than 20 ms, which is a fiftieth
 * of the default ping interval. A thousand take about 2 ms, garbage collections not counted
 * (`bench/micro/telemetry-cost.ts`).
 */
export const POINTS_A_TURN = 1000;

/** Resolves in the next turn of the event loop, when what came in meanwhile has been handled. */
export const nextTurn = (): Promise<void> => setImmediate();
