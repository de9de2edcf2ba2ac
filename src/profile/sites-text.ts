import { escapeText } from '../log/logger.ts';
import type { AllocationSite } from './sites.ts';
import { whereOf } from './source-names.ts';

/** As many as fit on a screen. */
const SHOWN = 20;

/** The sites that allocate most, as a table; what is left of them is one line, and the sum another. */
export function sitesText(sites: readonly AllocationSite[]): string {
  const total = sites.reduce((sum, { selfBytes }) => sum + selfBytes, 0);
  const top = sites.slice(0, SHOWN);
  const rest = sites.slice(SHOWN);
  const lines = top.map(({ frame, selfBytes }) =>
    line(selfBytes, total, frame.functionName || '(anonymous)', whereOf(frame)),
  );
  if (rest.length > 0)
    lines.push(
      line(
        rest.reduce((sum, { selfBytes }) => sum + selfBytes, 0),
        total,
        `${rest.length} others`,
      ),
    );
  return [line('self bytes', 'share', 'function', 'where'), ...lines, line(total, total, 'all')].join('');
}

function line(bytes: number | string, total: number | string, name: string, where = ''): string {
  const share = typeof bytes === 'number' && typeof total === 'number' ? percent(bytes, total) : String(total);
  const cells = [String(bytes).padStart(12), share.padStart(7), cut(name).padEnd(36), cut(where, 90)];
  return `${cells.join('  ').trimEnd()}\n`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

function cut(text: string, most = 36): string {
  const escaped = escapeText(text);
  return escaped.length > most ? `…${escaped.slice(1 - most)}` : escaped;
}
