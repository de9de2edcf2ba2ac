import type { LivePeerRow } from '../live/feed.ts';
import { ellipsis, type Surface } from './surface.ts';
import { SORTS, type Sort, shortAddress, type TableView } from './table.ts';
import { fit, harmless, shorten } from './text.ts';
import { brief, count, lasting } from './units.ts';

interface Column {
  readonly sort: Sort;
  readonly width: number;
  readonly text: (row: LivePeerRow, nowMs: number) => string;
}

/** The most important first: those at the end are left out where there is no room. */
const COLUMNS: readonly Column[] = [
  { sort: 'rtt', width: 9, text: (row) => brief(row.rttSeconds) },
  { sort: 'failures', width: 7, text: (row) => count(row.failures) },
  { sort: 'age', width: 8, text: (row, nowMs) => lasting(Math.max(0, nowMs - row.connectedAtMs) / 1000) },
  { sort: 'jitter', width: 9, text: (row) => brief(row.jitterSeconds) },
];

const LEAST_ID = 12;
const MOST_ID = 52;
const LEAST_ADDRESS = 16;
/** Most IPv4 addresses with a port, and which way. */
const GOOD_ADDRESS = 24;

export interface PeerLinesInit {
  /** The rows there is room for. */
  readonly rows: readonly LivePeerRow[];
  readonly view: TableView;
  /** When that was, on the daemon's clock. */
  readonly nowMs: number;
}

/** The head of the table, and a line for each row. */
export function peerLines({ rows, view, nowMs }: PeerLinesInit, surface: Surface): string[] {
  const { columns, paint } = surface;
  const { shown, idWidth, addressWidth } = layout(columns);
  const text = (value: string, width: number): string =>
    fit(shorten(harmless(value, surface.unicode), width, ellipsis(surface)), width);
  const line = (id: string, cells: readonly string[], address: string): string =>
    [id, ...cells, ...(addressWidth > 0 ? [address] : [])].join(' ');
  const head = line(
    fit(title('peer', view), idWidth),
    shown.map(({ sort, width }) => title(sort, view).padStart(width)),
    fit('FROM, * TARGET', addressWidth),
  );
  const body = rows.map((row) => {
    const cells = shown.map(({ sort, width, text: cell }) => {
      const padded = cell(row, nowMs).padStart(width);
      return sort === 'failures' && row.failures > 0 ? paint('bad', padded) : padded;
    });
    return line(text(row.peerId, idWidth), cells, text(`${wayOf(row)}${shortAddress(row.address)}`, addressWidth));
  });
  return [paint('head', fit(head, columns)), ...body];
}

/** Which columns fit, and how wide those of text are. */
function layout(columns: number): { shown: readonly Column[]; idWidth: number; addressWidth: number } {
  const shown: Column[] = [];
  let left = columns;
  for (const column of COLUMNS) {
    if (left - column.width - 1 < LEAST_ID) break;
    left -= column.width + 1;
    shown.push(column);
  }
  if (left < LEAST_ID + 1 + LEAST_ADDRESS) return { shown, idWidth: left, addressWidth: 0 };
  const idWidth = Math.max(LEAST_ID, Math.min(MOST_ID, left - 1 - GOOD_ADDRESS));
  return { shown, idWidth, addressWidth: left - 1 - idWidth };
}

/** The name of a column, with a mark on the one that the table is sorted by. */
function title(sort: Sort, view: TableView): string {
  const mark = sort !== view.sort ? '' : view.reversed ? '^' : 'v';
  return `${SORTS[sort].title}${mark}`;
}

function wayOf({ direction, target }: LivePeerRow): string {
  return `${direction === 'outbound' ? 'out' : 'in'}${target ? ' *' : ''} `;
}
