import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { selectors } from '../../prometheus/src/metric.ts';

/** The uid of the data source in `grafana/provisioning/datasources/prometheus.yaml`. */
export const PROVISIONED_UID = 'prometheus';

/** Where Grafana puts a value in: `${name}`. */
export const placeholder = (name: string): string => `$\{${name}}`;

/** What every panel and query asks: the data source chosen on the dashboard. */
export const DATA_SOURCE: DataSourceRef = { type: 'prometheus', uid: placeholder('datasource') };

/**
 * The data source, the provisioned one until another is chosen. A uid written into every panel would be the same here,
 * and an error on every panel of a Grafana whose Prometheus has another.
 */
export const dataSourceVariable = (): Builder<VariableModel> =>
  asGrafanaHasIt(
    new DatasourceVariableBuilder('datasource')
      .label('Data source')
      .type('prometheus')
      .current({ selected: true, text: 'Prometheus', value: PROVISIONED_UID }),
  );

/**
 * Which daemons: all of them, until some are chosen. Every daemon has the row asked for, whatever it does.
 *
 * "All" is a pattern, not the list of all values: with 500 daemons that list would be in every query.
 */
export const daemonVariables = (): Builder<VariableModel>[] => [
  labelVariable('job', 'Job', '', 'service.name of a daemon that pushes; the scrape job of one that is scraped'),
  labelVariable(
    'instance',
    'Daemon',
    'job=~"$job"',
    'Peer id of a daemon that pushes; host and port of one that is scraped',
  ),
];

function labelVariable(
  label: 'job' | 'instance',
  title: string,
  scope: string,
  description: string,
): Builder<VariableModel> {
  const query = `label_values(${selectors(scope).metric('buildInfo').promql}, ${label})`;
  const variable = new QueryVariableBuilder(label)
    .label(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
  return asGrafanaHasIt(variable);
}

/** The SDK gives every variable the three options of an interval, which others do not have. */
function asGrafanaHasIt(variable: Builder<VariableModel>): Builder<VariableModel> {
  const { auto, auto_min, auto_count, ...model } = variable.build();
  return { build: () => model };
}
