import { factLines } from './facts.ts';
import type { Style } from './palette.ts';
import { peerLines } from './peer-lines.ts';
import type { Picture } from './picture.ts';
import { plotLines } from './plots.ts';
import { ellipsis, type Surface } from './surface.ts';
import { arranged, type TableView } from './table.ts';
import { fit, harmless, shorten } from './text.ts';
import { lasting, timeOfDay } from './units.ts';

/** What the one who looks has chosen. */
export interface View extends TableView {
  /** Rows of the table above the first that is shown. */
  readonly scroll: number;
  readonly paused: boolean;
  readonly help: boolean;
  /** Whether the filter is being typed. */
  readonly typing: boolean;
}

export const FIRST_VIEW: View = {
  sort: 'rtt',
  reversed: false,
  filter: '',
  scroll: 0,
  paused: false,
  help: false,
  typing: false,
};

/** A screen, line by line. */
export interface Screen {
  readonly lines: readonly string[];
  /** How far the table can be scrolled, and by how much at once. */
  readonly scrollEnd: number;
  readonly page: number;
}

/** The table keeps this many lines, its head among them, whatever else there is to say. */
const LEAST_TABLE = 5;

const HELP = [
  '',
  'sort by   r  round trip   j  jitter',
  '          f  failed pings a  age',
  '          p  peer id      (again: reversed)',
  '',
  'scroll    up, down, PgUp, PgDn, Home, End',
  'filter    /  part of a peer id or address',
  '          Enter keeps it, Esc shows all',
  'pause     space',
  'leave     q, Ctrl-C',
  'back      ?',
];

/** Draws what is known: never wider than the surface, never longer. */
export function draw(picture: Picture, view: View, surface: Surface, nowMs: number): Screen {
  const { columns, rows } = surface;
  const room = Math.max(0, rows - 2);
  const framed = (lines: readonly string[], range = ''): readonly string[] => {
    const filler = Array.from({ length: Number.isFinite(room) ? room - lines.length : 0 }, () => fit('', columns));
    return [titleLine(picture, view, surface, nowMs), ...lines, ...filler, footerLine(view, range, surface)].slice(
      0,
      rows,
    );
  };
  if (view.help) {
    const lines = HELP.slice(0, room).map((line) => fit(line, columns));
    return { lines: framed(lines), scrollEnd: 0, page: 0 };
  }
  const above = aboveTable(picture, surface, Math.max(0, room - LEAST_TABLE));
  const wanted = arranged(picture.peers?.peers ?? [], view);
  const page = Math.max(0, room - above.length - 1);
  const scrollEnd = Math.max(0, wanted.length - page);
  const from = Math.min(view.scroll, scrollEnd);
  const shown = wanted.slice(from, from + page);
  const range = rangeText({ from, shown: shown.length, wanted: wanted.length, total: picture.peers?.total ?? 0 });
  const at = picture.points.at(-1)?.atMs ?? nowMs;
  const table = peerLines({ rows: shown, view, nowMs: at }, surface).slice(0, Math.max(0, room - above.length));
  return { lines: framed([...above, ...table], range), scrollEnd, page };
}

/** Facts and small plots; when there is little room, the first facts alone. */
function aboveTable(picture: Picture, surface: Surface, room: number): string[] {
  const point = picture.points.at(-1);
  if (point === undefined) return room > 0 ? [fit('waiting for the first point', surface.columns)] : [];
  const facts = factLines(point, surface);
  const plots = plotLines(picture, surface);
  return facts.length + plots.length <= room ? [...facts, ...plots] : facts.slice(0, room);
}

function rangeText(table: { from: number; shown: number; wanted: number; total: number }): string {
  const { from, shown, wanted, total } = table;
  const all = wanted < total ? `${wanted} of ${total}` : String(total);
  return shown === wanted ? all : `${from + 1}-${from + shown} of ${all}`;
}

/** Who it is, and whether it speaks. What there is no room for is left out, its state last. */
function titleLine(picture: Picture, view: View, surface: Surface, nowMs: number): string {
  const { hello, points } = picture;
  const { columns, unicode, paint } = surface;
  const [style, status] = statusOf(picture, view, nowMs);
  const who = harmless(`${hello.service} ${hello.version}`, unicode);
  const upMs = Math.max(0, (points.at(-1)?.atMs ?? nowMs) - hello.startedAtMs);
  const up = `up ${lasting(upMs / 1000)}${hello.processes > 1 ? `, ${hello.processes} processes` : ''}`;
  const room = columns - status.length - 1;
  const idRoom = room - who.length - up.length - 2;
  const id = idRoom < 9 ? '' : `${shorten(harmless(hello.peerId, unicode), idRoom, ellipsis(surface))} `;
  if (room < 1) return paint(style, fit(status, columns));
  return `${paint('strong', fit(`${who} ${id}${up}`, room))} ${paint(style, status)}`;
}

function statusOf({ contact }: Picture, { paused }: View, nowMs: number): readonly [Style, string] {
  if (contact.live) return paused ? ['strong', 'paused'] : ['good', 'live'];
  return ['bad', `GONE since ${timeOfDay(contact.sinceMs)}, ${lasting((nowMs - contact.sinceMs) / 1000)}`];
}

/** The keys, and at its end which part of the table is shown. */
function footerLine(view: View, range: string, { columns, paint, unicode }: Surface): string {
  const filter = harmless(view.filter, unicode);
  const room = columns - range.length - 1;
  if (room < 1) return fit(range, columns);
  if (view.typing) return `${fit(`/${filter}_`, room)} ${range}`;
  const shown = filter === '' ? '/ filter' : `/${filter} (Esc: all)`;
  return `${paint('label', fit(`q quit  ? help  ${shown}  sort: r j f a p  space pause`, room))} ${range}`;
}
