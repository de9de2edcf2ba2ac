/** Peers that hang for a time: they neither read nor answer nor ping. */
export interface Freeze {
  /** Part of the phase's peers, from 0 to 1. */
  readonly share: number;
  readonly forMs: number;
  /** From the start of one freeze to that of the next, which takes the next peers in turn. */
  readonly everyMs: number;
}

/** Peers that drop their connection and come back. */
export interface Flap {
  /** Part of the phase's peers, from 0 to 1. */
  readonly share: number;
  readonly downMs: number;
  /** From one drop to the next, which takes the next peers in turn. */
  readonly everyMs: number;
}

/** A part of a scenario during which the same things happen. */
export interface Phase {
  readonly name: string;
  /** `Infinity` goes on until somebody ends it. */
  readonly durationMs: number;
  /** How many peers are to be there; those that are missing come, those too many leave. */
  readonly peers: number;
  /** The coming or leaving is spread over this time, evenly with jitter; 0 is all at once. */
  readonly rampMs: number;
  readonly pingIntervalMs: number;
  /** Peers replaced a second, each by one with a new identity. */
  readonly churnPerSecond: number;
  readonly freeze?: Freeze;
  readonly flap?: Flap;
}

/** What a swarm lives through, phase after phase. */
export interface Scenario {
  readonly name: string;
  readonly phases: readonly Phase[];
}

/** The most peers there are at once. */
export function mostPeers({ phases }: Scenario): number {
  return Math.max(...phases.map((phase) => phase.peers));
}

export function durationOf({ phases }: Scenario): number {
  return phases.reduce((sum, phase) => sum + phase.durationMs, 0);
}

/** The swarm of the command line alone: everybody comes, and pings until the end. */
export function plainScenario(init: {
  peers: number;
  rampMs: number;
  pingIntervalMs: number;
  durationMs: number;
}): Scenario {
  return { name: 'steady', phases: [{ name: 'steady', churnPerSecond: 0, ...init }] };
}

/** The same scenario in another time: its phases and ramps are stretched, its freezes, flaps and rates are not. */
export function stretched(scenario: Scenario, durationMs: number): Scenario {
  const factor = durationMs / durationOf(scenario);
  const phases = scenario.phases.map((phase) => ({
    ...phase,
    durationMs: phase.durationMs * factor,
    rampMs: phase.rampMs * factor,
  }));
  return { ...scenario, phases };
}

/** The same scenario, with its first crowd spread over this time. */
export function withRamp({ name, phases: [first, ...others] }: Scenario, rampMs: number): Scenario {
  return { name, phases: first === undefined ? others : [{ ...first, rampMs }, ...others] };
}
