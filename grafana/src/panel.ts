import type { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Query, type QueryShape, targets } from './query.ts';
import { type Threshold, thresholdSteps } from './thresholds.ts';
import { DATA_SOURCE } from './variables.ts';

/** A panel before the dashboard gives it its number. */
export interface PanelDraft extends Builder<Panel> {
  id(id: number): unknown;
}

/** What every panel says. */
export interface PanelInit {
  readonly title: string;
  /** What it shows, what to read from it, and what happens to it with many daemons. */
  readonly description: string;
  /** In columns; a row of the grid has 24. */
  readonly width: number;
  /** In rows of the grid. @default 8, of a single value 4 */
  readonly height?: number;
  /** One of Grafana's units. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** @default [] */
  readonly thresholds?: readonly Threshold[];
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
  /** What stands where there is no data, when that is to be expected. */
  readonly noValue?: string;
}

/** Fills in what every panel with queries has. */
export function shared<B extends TimeSeries | Stat | BarGauge | Table>(
  panel: B,
  init: PanelInit,
  shape: QueryShape,
): B {
  const { thresholds = [], min, max, decimals, noValue } = init;
  panel
    .title(init.title)
    .description([init.description, ...thresholds.map(({ why }) => why)].join('\n\n'))
    .span(init.width)
    .height(init.height ?? 8)
    .unit(init.unit)
    .datasource(DATA_SOURCE)
    .targets(targets(init.queries, shape))
    .thresholds(thresholdSteps(thresholds));
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (decimals !== undefined) panel.decimals(decimals);
  if (noValue !== undefined) panel.noValue(noValue);
  return panel;
}
