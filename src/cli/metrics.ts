import { METRIC_ROWS } from '../contract/metrics.ts';
import { prometheusLabel, prometheusType } from '../contract/naming.ts';
import { describeLabels, referenceMarkdown } from '../contract/reference.ts';

/** `peermeter metrics`: the contract, for people and for programs. */
export function metrics(options: { json?: boolean; markdown?: boolean }): void {
  process.stdout.write(options.json ? asJson() : options.markdown ? referenceMarkdown() : asText());
}

function asText(): string {
  return METRIC_ROWS.map((row) => {
    const labels = describeLabels(row);
    return `${row.name} (${prometheusType(row)})\n  ${row.help}\n${labels === '' ? '' : `  labels: ${labels}\n`}`;
  }).join('\n');
}

function asJson(): string {
  const rows = METRIC_ROWS.map((row) => ({
    name: row.name,
    type: prometheusType(row),
    instrument: row.instrument,
    unit: row.unit,
    help: row.help,
    labels: Object.fromEntries(Object.entries(row.labels).map(([label, values]) => [prometheusLabel(label), values])),
    buckets: row.buckets ?? null,
    source: row.source,
    acrossProcesses: row.across ?? 'sum',
    platform: row.on ?? null,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
