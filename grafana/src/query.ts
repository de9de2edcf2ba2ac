import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Vector } from '../../prometheus/src/vector.ts';
import { DATA_SOURCE } from './variables.ts';

/** One query of a panel. */
export interface Query {
  readonly of: Vector;
  /** What a line is called; `{{label}}` stands for the value of a label. In a table, the heading of the column. */
  readonly legend: string;
}

/** @throws TypeError when the legend names a label that the series do not have */
export function query(of: Vector, legend: string): Query {
  for (const [, label = ''] of legend.matchAll(/{{\s*(\w+)\s*}}/g)) {
    if (!of.labels.includes(label)) throw new TypeError(`no label ${label} for the legend of ${of.promql}`);
  }
  return { of, legend };
}

/** How the answer is asked for: as lines over time, as one value now, or as rows of a table now. */
export type QueryShape = 'lines' | 'values' | 'rows';

/** Queries as Grafana keeps them: A, B, C … in the order they are given. */
export function targets(queries: readonly Query[], shape: QueryShape): Builder<Dataquery>[] {
  return queries.map(({ of, legend }, index) => {
    const target = new DataqueryBuilder()
      .refId(refId(index))
      .datasource(DATA_SOURCE)
      .expr(of.promql)
      .legendFormat(legend)
      .format(shape === 'rows' ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
    return shape === 'lines' ? target.range() : target.instant();
  });
}

/** The letter of the query at this place; no panel has 26. */
export const refId = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);
