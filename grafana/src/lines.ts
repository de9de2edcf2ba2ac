import {
  AxisPlacement,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelDraft, type PanelInit, shared } from './panel.ts';

/** Lines over time. */
export interface LinesInit extends PanelInit {
  /** Lie on top of each other: parts of a whole. @default false */
  readonly stacked?: true;
  /** Lines of another unit, by a regular expression over their names, with an axis of their own on the right. */
  readonly right?: readonly { readonly lines: string; readonly unit: string }[];
  /** Lines that are a bound, not a measurement: dashed. */
  readonly bound?: string;
}

/** Peer ids are 52 characters long, of which the last six tell them apart. */
const SHORT_PEER_IDS = {
  id: 'renameByRegex',
  options: { regex: '/12D3KooW\\w*(\\w{6})/g', renamePattern: '…$1' },
};

export function lines(init: LinesInit): PanelDraft {
  const { stacked, right = [], bound, thresholds = [] } = init;
  const panel = shared(new PanelBuilder(), init, 'lines')
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 0)
    .drawStyle(GraphDrawStyle.Line)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs(['lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .withTransformation(SHORT_PEER_IDS);
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (thresholds.length > 0)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const { lines, unit } of right)
    panel.overrideByRegexp(lines, [
      { id: 'unit', value: unit },
      { id: 'custom.axisPlacement', value: AxisPlacement.Right },
    ]);
  if (bound !== undefined)
    panel.overrideByRegexp(bound, [
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'semi-dark-red' } },
    ]);
  return panel;
}
