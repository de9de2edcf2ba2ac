import { escapeText } from '../log/logger.ts';
import type { Check } from './findings.ts';
import type { Report } from './report.ts';

const INDENT = ' '.repeat(26);

/** What others sent is cut here: a line is for reading. */
const MAX_TEXT = 600;

/** One check as people read it; a finding goes on with where it is and what to do. What came from outside is escaped. */
export function checkText({ link, outcome, what, finding }: Check): string {
  const head = `${link.padEnd(12)}${(outcome === 'fault' ? 'FAULT' : outcome).padEnd(14)}`;
  if (finding === undefined) return `${head}${shown(what)}\n`;
  const rest = [`${finding.id}: ${what}`, `where: ${finding.where}`, `do: ${finding.todo}`];
  return `${head}${rest.map(shown).join(`\n${INDENT}`)}\n`;
}

/** The last lines: what it comes to. */
export function verdictText(report: Report): string {
  const findings = report.checks.flatMap(({ finding }) => finding ?? []);
  if (findings.length === 0) return 'no finding\n';
  const faults = findings.filter(({ severity }) => severity === 'fault');
  const first = faults[0] ?? findings[0];
  const counts = [plural(faults.length, 'fault'), plural(findings.length - faults.length, 'warning')];
  return `${counts.filter(Boolean).join(', ')}; begin with ${first?.id} (docs/doctor.md#${first?.id})\n`;
}

/** The same for programs. */
export function reportJson(report: Report): string {
  const { checks } = report;
  const findings = checks.flatMap(({ finding, link }) => (finding === undefined ? [] : [{ link, ...finding }]));
  const ok = report.count('fault') === 0;
  return `${JSON.stringify({ ok, findings, checks: checks.map(({ link, outcome, what }) => ({ link, outcome, what })) }, null, 2)}\n`;
}

function shown(text: string): string {
  const escaped = escapeText(text);
  return escaped.length > MAX_TEXT ? `${escaped.slice(0, MAX_TEXT)}…` : escaped;
}

function plural(count: number, word: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}
