import { one } from '../../config/format.ts';
import { oneOf } from '../../config/parse.ts';
import { setting } from '../../config/setting.ts';

/**
 * Whether points carry what was counted since the start, or since the last push that got through. `lowmemory` is
 * OpenTelemetry's preference by that name: differences for what is counted as it happens, totals for what is read.
 */
export const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;
export type Temporality = (typeof TEMPORALITIES)[number];

const temporalities = oneOf(TEMPORALITIES);

/** The field of exporters that push. */
export const temporality = (env: readonly string[] = []) =>
  setting<Temporality>({
    key: 'temporality',
    env,
    format: one(
      Object.assign((text: string) => temporalities(text.toLowerCase()), { schema: { enum: TEMPORALITIES } }),
    ),
    default: 'cumulative',
    help: 'cumulative, or delta or lowmemory for backends that want differences',
  });
