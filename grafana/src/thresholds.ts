import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** From which value on a panel changes its colour, and the reason, which becomes part of the panel's description. */
export interface Threshold {
  readonly from: number;
  readonly colour: 'yellow' | 'red';
  /** A sentence, with the value as the panel shows it. */
  readonly why: string;
}

/**
 * The colours of a panel. Given to every panel: Grafana's own default is red from 80, whatever the unit.
 *
 * @param base until the first. @default 'green'
 */
export function thresholdSteps(thresholds: readonly Threshold[], base = 'green'): Builder<ThresholdsConfig> {
  const steps = thresholds.map(({ from, colour }) => ({ value: from, color: colour }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: base }, ...steps]);
}
