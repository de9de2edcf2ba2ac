import { COLLECTION_SCENARIOS } from './scenarios/collection.ts';
import { CROWD_SCENARIOS } from './scenarios/crowds.ts';
import { LEVERS_SCENARIO } from './scenarios/levers.ts';
import { PING_SCENARIOS } from './scenarios/pings.ts';
import { PROCESS_SCENARIOS } from './scenarios/processes.ts';
import { REFERENCE_SCENARIO } from './scenarios/reference.ts';
import { STARTUP_SCENARIO } from './scenarios/startup.ts';

/** Every scenario, in the order they are run and shown. */
export const SCENARIOS = {
  ...PING_SCENARIOS,
  ...CROWD_SCENARIOS,
  ...COLLECTION_SCENARIOS,
  ...PROCESS_SCENARIOS,
  levers: LEVERS_SCENARIO,
  startup: STARTUP_SCENARIO,
  'reference-50': REFERENCE_SCENARIO,
};

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
