import type { LivePeerRow, LivePeers } from '../../live/feed.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { count, written } from './format.ts';
import { PEER_COLUMNS, type PeerColumn } from './peer-columns.ts';
import { filterPeers, nextOrder, type PeerKey, type PeerOrder, sortPeers } from './peer-order.ts';

/** So many rows exist all at once: a browser's own search finds them, and they can be printed. */
const ALL_ROWS = 200;

/** Rows kept above and below those in view, so that a scroll finds them there. */
const SPARE_ROWS = 12;

/** Until a row has been measured. */
const ROW_HEIGHT_GUESS = 33;

interface Row {
  readonly root: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
}

/**
 * The peers, in a table of which only the rows in view exist when there are many: a thousand cost no more than forty.
 *
 * Rows are used again for other peers, and a cell is touched only when its text is another one.
 */
export class PeerTable {
  readonly #say: (text: string) => void;
  readonly #headers: ReadonlyMap<PeerKey, HTMLElement>;
  readonly #table = byId('peer-table');
  readonly #body = byId('peer-rows');
  readonly #counts = byId('peer-count');
  readonly #above = spacer();
  readonly #below = spacer();
  readonly #rows: Row[] = [];
  #order: PeerOrder = { key: 'connectedAtMs', falling: true };
  #filter = '';
  #sent: LivePeers = { total: 0, peers: [] };
  #shown: readonly LivePeerRow[] = [];
  #nowMs = 0;
  #rowHeight = ROW_HEIGHT_GUESS;

  /** @param say tells those who do not see the table what a choice of theirs came to */
  constructor(say: (text: string) => void) {
    this.#say = say;
    this.#headers = new Map(PEER_COLUMNS.map((column) => [column.key, this.#header(column)]));
    keepSemantics(this.#table);
    byId('peer-header').append(...this.#headers.values());
    this.#body.append(this.#above, this.#below);
    const filter = byId('peer-filter') as HTMLInputElement;
    filter.addEventListener('input', () => this.#choose(() => (this.#filter = filter.value)));
    addEventListener('scroll', () => this.#shown.length > ALL_ROWS && this.#fill(), { passive: true });
    addEventListener('resize', () => this.#measure());
    this.#showOrder();
  }

  /** @param nowMs the daemon's own time: ages are counted from it */
  show(peers: LivePeers, nowMs: number): void {
    this.#sent = peers;
    this.#nowMs = nowMs;
    this.#arrange();
  }

  #header({ key, label }: PeerColumn): HTMLElement {
    const button = element('button', { type: 'button' }, label);
    button.addEventListener('click', () => {
      this.#choose(() => (this.#order = nextOrder(this.#order, key)));
      this.#showOrder();
    });
    return element('th', { scope: 'col', role: 'columnheader', class: key }, button);
  }

  #showOrder(): void {
    for (const [key, header] of this.#headers) {
      const here = key === this.#order.key;
      setAttribute(header, 'aria-sort', here ? (this.#order.falling ? 'descending' : 'ascending') : null);
    }
  }

  #choose(choice: () => void): void {
    choice();
    this.#arrange();
    this.#say(this.#counts.textContent ?? '');
  }

  #arrange(): void {
    this.#shown = sortPeers(filterPeers(this.#sent.peers, this.#filter), this.#order);
    setText(this.#counts, this.#inWords());
    // The header is row 1.
    setAttribute(this.#table, 'aria-rowcount', String(this.#shown.length + 1));
    this.#fill();
  }

  #inWords(): string {
    const number = (value: number): string => written(count()(value));
    const { total, peers } = this.#sent;
    const some = total > peers.length ? `, ${number(total - peers.length)} more are not shown` : '';
    if (this.#filter.trim() !== '') return `${number(this.#shown.length)} of ${number(peers.length)} match${some}`;
    if (peers.length === 0) return 'nobody is connected';
    return `${number(peers.length)} ${peers.length === 1 ? 'peer' : 'peers'}${some}`;
  }

  #measure(): void {
    this.#rowHeight = this.#rows[0]?.root.getBoundingClientRect().height || ROW_HEIGHT_GUESS;
    this.#fill();
  }

  /** Puts the rows in view into the rows that exist, and makes or takes away as many as it needs. */
  #fill(): void {
    const last = this.#shown.length;
    const [first, end] = last > ALL_ROWS ? this.#inView(last) : [0, last];
    this.#have(end - first);
    setHeight(this.#above, first * this.#rowHeight);
    setHeight(this.#below, (last - end) * this.#rowHeight);
    this.#rows.forEach((row, index) => {
      const peer = this.#shown[first + index];
      if (peer !== undefined) fillRow(row, peer, first + index, this.#nowMs);
    });
    if (this.#rows.length > 0 && this.#rowHeight === ROW_HEIGHT_GUESS) {
      const { height } = this.#rows[0]?.root.getBoundingClientRect() ?? { height: 0 };
      if (height > 0) this.#rowHeight = height;
    }
  }

  #inView(last: number): [first: number, end: number] {
    const top = this.#body.getBoundingClientRect().top;
    const first = clamp(Math.floor(-top / this.#rowHeight) - SPARE_ROWS, 0, last);
    return [first, clamp(Math.ceil((innerHeight - top) / this.#rowHeight) + SPARE_ROWS, first, last)];
  }

  #have(wanted: number): void {
    while (this.#rows.length > wanted) this.#rows.pop()?.root.remove();
    while (this.#rows.length < wanted) {
      const row = makeRow();
      this.#rows.push(row);
      this.#below.before(row.root);
    }
  }
}

function makeRow(): Row {
  const cells = PEER_COLUMNS.map(({ key, label }) => element('td', { role: 'cell', class: key, 'data-label': label }));
  return { root: element('tr', { role: 'row' }, ...cells), cells };
}

function fillRow({ root, cells }: Row, peer: LivePeerRow, index: number, nowMs: number): void {
  setAttribute(root, 'aria-rowindex', String(index + 2));
  PEER_COLUMNS.forEach(({ text, title, alarming }, column) => {
    const cell = cells[column];
    if (cell === undefined) return;
    setText(cell, text(peer, nowMs));
    setAttribute(cell, 'title', title?.(peer) || null);
    cell.classList.toggle('alarming', alarming?.(peer) ?? false);
  });
}

/** On a phone rows are laid out as cards, and a browser then takes the table for none unless its parts are named. */
function keepSemantics(table: HTMLElement): void {
  table.setAttribute('role', 'table');
  for (const group of table.querySelectorAll('thead, tbody')) group.setAttribute('role', 'rowgroup');
  for (const row of table.querySelectorAll('thead tr')) row.setAttribute('role', 'row');
}

/** Takes the place of the rows that do not exist. */
function spacer(): HTMLTableRowElement {
  return element('tr', { class: 'spacer', 'aria-hidden': 'true' });
}

function setHeight(target: HTMLElement, pixels: number): void {
  const height = `${pixels}px`;
  if (target.style.height !== height) target.style.height = height;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
