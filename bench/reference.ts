import type { SummaryRow } from './summary.ts';
import { line, spreadText } from './table.ts';

/** One line of the comparison with the documented reference. */
interface ReferenceLine {
  readonly what: string;
  /** The reference's figure as it was published or measured, in words. */
  readonly theirs: string;
  /** The end of it that is the kindest to the reference, in the unit of our figure. */
  readonly best: number;
  readonly figure: string;
  readonly unit: string;
  readonly digits: number;
}

/**
 * What the reference's guide promises: "Memory per Peer: 1-5 MB baseline + protocol overhead", "CPU per Peer: <1% for
 * ping operations", "File Descriptors: 1-2 per peer connection", for at most 100 peers.
 */
const PROMISED: readonly ReferenceLine[] = [
  { what: 'memory a peer', theirs: '1–5 MB', best: 0.954, figure: 'RSS a peer', unit: 'MiB', digits: 3 },
  { what: 'CPU a peer', theirs: 'below 1 %', best: 1, figure: 'CPU a peer', unit: '%', digits: 3 },
  { what: 'descriptors a peer', theirs: '1–2', best: 1, figure: 'descriptors a peer', unit: '', digits: 2 },
];

/** What it came to once two faults that keep it from working were repaired. Measured once, not in this bench. */
const MEASURED: readonly ReferenceLine[] = [
  { what: '50 peers are in after', theirs: '30–32 s', best: 30_000, figure: 'all in after', unit: 'ms', digits: 0 },
  { what: 'RSS when empty', theirs: '61 MiB', best: 61, figure: 'RSS when empty', unit: 'MiB', digits: 1 },
  { what: 'RSS with 50 peers', theirs: '68–70 MiB', best: 68, figure: 'RSS with 50 peers', unit: 'MiB', digits: 1 },
  { what: 'RSS a peer', theirs: '0.14–0.18 MiB', best: 0.14, figure: 'RSS a peer', unit: 'MiB', digits: 3 },
  { what: 'server CPU', theirs: '10 % of a core', best: 10, figure: 'server CPU', unit: '%', digits: 2 },
  { what: 'open descriptors', theirs: '60', best: 60, figure: 'open descriptors', unit: '', digits: 0 },
  { what: 'a scrape, p50', theirs: '28 ms', best: 28, figure: 'scrape takes', unit: 'ms', digits: 2 },
  { what: 'ping RTT p50', theirs: '5–60 ms', best: 5000, figure: 'RTT p50', unit: 'µs', digits: 0 },
];

/** The tables of the comparison, from the rows of `reference-50`. */
export function referenceTables(rows: readonly SummaryRow[]): string[] {
  return [
    'What its guide promises, for at most 100 peers, beside `reference-50`:',
    '',
    ...table(PROMISED, rows, 'promised'),
    '',
    'What it came to with 50 clients, measured once, on 2 cores of the same kind of machine, after two faults that keep ' +
      'it from working were repaired (its metrics endpoint never started, its clients hung once they had connected):',
    '',
    ...table(MEASURED, rows, 'the reference'),
    '',
  ];
}

function table(lines: readonly ReferenceLine[], rows: readonly SummaryRow[], theirs: string): string[] {
  const head = ['', theirs, 'peermeter, median (min–max)', 'better by'];
  return [
    line(head),
    line(head.map(() => '---')),
    ...lines.map(({ what, theirs, best, figure, unit, digits }) => {
      const row = rows.find((r) => r.scenario === 'reference-50' && r.server === 'peermeter' && r.figure === figure);
      if (row === undefined) return line([what, theirs, 'not measured', '']);
      return line([what, theirs, `${spreadText(row, digits)} ${unit}`.trim(), factor(best / row.median)]);
    }),
  ];
}

/** "12 ×"; below one it is worse, and says so. */
function factor(times: number): string {
  if (!Number.isFinite(times)) return '';
  if (times < 1) return `${times.toFixed(2)} × (worse)`;
  return `${times >= 10 ? times.toFixed(0) : times.toFixed(2)} ×`;
}
