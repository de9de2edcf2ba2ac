import { METRIC_ROWS } from './metrics.ts';
import { prometheusLabel, prometheusType } from './naming.ts';
import type { MetricRow } from './row.ts';

const SOURCES: Readonly<Record<MetricRow['source'], string>> = {
  record: 'recorded as it happens',
  observe: 'read when asked for',
  'per-peer': 'from the peers connected now; gone when the peer goes',
  'per-process': 'one for each process; only with several (`--processes`)',
};

const ACROSS: Readonly<Record<NonNullable<MetricRow['across']>, string>> = {
  sum: '',
  max: '; of several processes the largest',
  mean: '; of several processes the mean',
  whole: '; of several processes together',
  once: '',
};

/** One line on where a row's value comes from and where it exists. */
export function describeSource(row: MetricRow): string {
  return `${SOURCES[row.source]}${row.on === undefined ? '' : '; Linux only'}${ACROSS[row.across ?? 'sum']}`;
}

/** Text of a row's labels: `direction (inbound, outbound)`. */
export function describeLabels(row: MetricRow): string {
  return Object.entries(row.labels)
    .map(([label, values]) =>
      values === null ? prometheusLabel(label) : `${prometheusLabel(label)} (${values.join(', ')})`,
    )
    .join('; ');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${text}\``;

function labelsCell(row: MetricRow): string {
  const labels = Object.entries(row.labels).map(([label, values]) =>
    values === null ? code(prometheusLabel(label)) : `${code(prometheusLabel(label))}: ${values.map(code).join(' ')}`,
  );
  return labels.length === 0 ? '–' : labels.join('; ');
}

/** The whole of `docs/metrics.md`, made from the contract table. */
export function referenceMarkdown(): string {
  const rows = METRIC_ROWS.map(
    (row) =>
      `| ${code(row.name)} | ${prometheusType(row)} | ${labelsCell(row)} | ${cell(row.help)} | ${code(row.instrument)}${row.unit === '' ? '' : ` (${code(row.unit)})`} | ${describeSource(row)} |`,
  );
  const buckets = METRIC_ROWS.filter((row) => row.buckets !== undefined).map(
    (row) => `| ${code(row.name)} | ${(row.buckets ?? []).join(' ')} |`,
  );
  return `# Metrics

Made from the contract table by \`npm run docs\`; a test fails when the two differ. \`peermeter metrics\` prints the same
table, \`peermeter metrics --json\` for programs.

The names are the same on the daemon's own endpoint, in the OpenTelemetry Collector's Prometheus exporter and in
Prometheus. With \`--metrics-naming semantic\` the streams keep their OpenTelemetry instrument names instead; labels,
buckets and limits stay.

A daemon of several processes (\`--processes\`) shows the same metrics for all of them together: the sum, unless the last
column says otherwise.

| name | type | labels | meaning | OpenTelemetry instrument (unit) | value |
|---|---|---|---|---|---|
${rows.join('\n')}

## Buckets

Upper bounds, in the unit of the metric.

| name | bounds |
|---|---|
${buckets.join('\n')}
`;
}
