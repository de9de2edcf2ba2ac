import { VERSION } from '../version.ts';

/** The instrumentation scope all metrics of this program belong to. */
export const METER = { name: 'peermeter', version: VERSION } as const;
