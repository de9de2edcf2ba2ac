import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Text, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { type PanelDraft, type PanelInit, shared } from './panel.ts';

/** One value of now. Not the last of a line: that would still say 50 peers ten minutes after the daemon ended. */
export function stat(init: PanelInit): PanelDraft {
  const coloured = (init.thresholds ?? []).length > 0;
  return shared(new Stat(), { height: 4, ...init }, 'values')
    .colorMode(coloured ? BigValueColorMode.Value : BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(lastValue());
}

/** Bars that compare a few values of now. */
export function bars(init: PanelInit): PanelDraft {
  return shared(new BarGauge(), init, 'values')
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Text)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(lastValue());
}

/** A text beside the panels it belongs to. */
export function note(
  init: Pick<PanelInit, 'title' | 'description' | 'width' | 'height'> & { markdown: string },
): PanelDraft {
  return new Text()
    .title(init.title)
    .description(init.description)
    .span(init.width)
    .height(init.height ?? 8)
    .mode(TextMode.Markdown)
    .content(init.markdown);
}

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}
