import {
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  type TableCellOptions,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { type PanelDraft, type PanelInit, shared } from './panel.ts';
import { type Query, refId } from './query.ts';
import { type Threshold, thresholdSteps } from './thresholds.ts';

/** A column of values: its query's legend is the heading. */
export interface Column extends Query {
  readonly unit: string;
  readonly decimals?: number;
  /** Colours the cell. @default [] */
  readonly thresholds?: readonly Threshold[];
}

/** Rows of now: one for each combination of labels that the queries have in common. */
export interface TableInit extends Omit<PanelInit, 'queries' | 'unit' | 'thresholds'> {
  /** Columns of labels from the left, and their headings. */
  readonly labels: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  /** The heading of the column whose largest values are on top. */
  readonly sortBy: string;
  /** Where a label leads to, by the label. */
  readonly links?: Readonly<Record<string, { readonly title: string; readonly url: string }>>;
}

export function table(init: TableInit): PanelDraft {
  const { labels, columns, sortBy, links = {}, ...rest } = init;
  const reasons = columns.flatMap(({ legend, thresholds = [] }) => thresholds.map(({ why }) => `${legend}: ${why}`));
  const panel = shared(
    new PanelBuilder(),
    {
      ...rest,
      description: [rest.description, ...reasons].join('\n\n'),
      unit: columns[0]?.unit ?? '',
      queries: columns,
    },
    'rows',
  )
    .filterable(true)
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(true)])
    .transformations([{ id: 'merge', options: {} }, arrangement(labels, columns)]);
  for (const { legend, unit, decimals, thresholds = [] } of columns) {
    panel.overrideByName(legend, [
      { id: 'unit', value: unit },
      ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
      ...(thresholds.length === 0 ? [] : coloured(thresholds)),
    ]);
  }
  for (const [label, { title, url }] of Object.entries(links)) {
    panel.overrideByName(labels[label] ?? label, [{ id: 'links', value: [{ title, url, targetBlank: false }] }]);
  }
  // The SDK's default, which the tables of today's Grafana no longer have.
  delete panel.build().options.footer;
  return panel;
}

/** Grafana calls a column of values after its query, as long as there are several. */
function arrangement(labels: TableInit['labels'], columns: readonly Column[]) {
  const values = columns.map(({ legend }, index) => [
    columns.length === 1 ? 'Value' : `Value #${refId(index)}`,
    legend,
  ]);
  const names = [...Object.entries(labels), ...values] as [string, string][];
  return {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: Object.fromEntries(names.map(([name], index) => [name, index])),
      renameByName: Object.fromEntries(names),
    },
  };
}

function coloured(thresholds: readonly Threshold[]): DynamicConfigValue[] {
  const cell: TableCellOptions = {
    type: TableCellDisplayMode.ColorBackground,
    mode: TableCellBackgroundDisplayMode.Basic,
  };
  return [
    { id: 'thresholds', value: thresholdSteps(thresholds, 'transparent').build() },
    { id: 'custom.cellOptions', value: cell },
  ];
}
