import { cpus, loadavg } from 'node:os';

/** The middle value; of an even number of values the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** What ran, where, and when: above every table of figures. */
export function howItWasMade(script: string): string {
  const command = ['node', `bench/micro/${script}`, ...process.argv.slice(2)].join(' ');
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.versions.node}`;
  return `\`${command}\` on ${machine}, ${new Date().toISOString()}, load ${loadavg()[0]?.toFixed(2)}`;
}

/** A table in Markdown; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
