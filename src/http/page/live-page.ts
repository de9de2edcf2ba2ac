import type { LiveHello, LivePeers, LivePoint } from '../../live/feed.ts';
import { Colours } from './colours.ts';
import { byId, setAttribute } from './dom.ts';
import { count } from './format.ts';
import { Header } from './header.ts';
import { Link, type LinkState } from './link.ts';
import { PanelView } from './panel-view.ts';
import { PANELS } from './panels.ts';
import { PeerTable } from './peer-table.ts';
import { Status } from './status.ts';
import { harmless } from './text.ts';
import { themeSwitch } from './theme.ts';
import { isPoint, type Moment, newest, Timeline, within } from './timeline.ts';

interface Drawn {
  readonly from: readonly Moment[];
  readonly spanMs: number;
  readonly moments: readonly Moment[];
}

/** The page as a whole: what comes in goes into the timeline, and from there, once a frame, into its parts. */
export class LivePage {
  readonly #status = new Status();
  readonly #timeline = new Timeline();
  readonly #header = new Header();
  readonly #panels = PANELS.map((panel) => new PanelView(panel));
  readonly #table = new PeerTable((text) => this.#status.say(text));
  readonly #colours = new Colours();
  #hello: LiveHello | undefined;
  /** None before the first have come. */
  #peers: LivePeers | undefined;
  /** What the reader chose to see; the least that shows all there is, until they do. */
  #chosenMs: number | undefined;
  /** What the page shows while it is held still. */
  #held: { readonly moments: readonly Moment[]; readonly peers: LivePeers | undefined } | undefined;
  /** What the plots show now. */
  #drawn: Drawn = { from: [], spanMs: 0, moments: [] };
  /** What the table shows now. */
  #listed: LivePeers | undefined;
  #pointedAt: number | null = null;
  #frame = 0;

  start(): void {
    byId('app').hidden = false;
    byId('panels').append(...this.#panels.map(({ root }) => root));
    for (const panel of this.#panels) panel.mount(this.#colours, (index) => this.#pointAt(index));
    themeSwitch(() => this.#recolour());
    this.#listen();
    this.#status.start();
    new Link({
      onHello: (hello) => this.#greet(hello),
      onHistory: (history) => {
        this.#timeline.remember(history);
        this.#later();
      },
      onPoint: (point) => {
        this.#timeline.add(point);
        this.#later();
      },
      onPeers: (peers) => {
        this.#peers = peers;
        this.#later();
      },
      onState: (state) => this.#linked(state),
    }).start();
    this.#later();
  }

  #listen(): void {
    for (const radio of spanRadios()) {
      radio.addEventListener('change', () => {
        this.#chosenMs = Number(radio.value) * 60_000;
        this.#later();
      });
    }
    byId('pause').addEventListener('click', () => this.#holdOrGoOn());
    addEventListener('keydown', (event) => {
      if (event.key !== ' ' || event.defaultPrevented || isOperated(event.target)) return;
      event.preventDefault();
      this.#holdOrGoOn();
    });
    // A page nobody sees is not drawn; it is when somebody does.
    document.addEventListener('visibilitychange', () => this.#later());
  }

  #greet(hello: LiveHello): void {
    const before = this.#hello;
    // A daemon of another version may speak of other things: it has a page of its own.
    if (before !== undefined && before.version !== hello.version) location.reload();
    if (before !== undefined && before.peerId !== hello.peerId) this.#timeline.clear();
    this.#hello = hello;
    this.#timeline.keep(hello.keepMs, hello.intervalMs);
    this.#header.hello(hello);
  }

  #linked(state: LinkState): void {
    this.#status.link(state);
    this.#later();
  }

  #holdOrGoOn(): void {
    this.#held = this.#held === undefined ? { moments: this.#timeline.moments, peers: this.#peers } : undefined;
    this.#status.pause(this.#held === undefined ? undefined : Date.now());
    setAttribute(byId('pause'), 'aria-pressed', String(this.#held !== undefined));
    this.#later();
  }

  #pointAt(index: number | null): void {
    if (index === this.#pointedAt) return;
    this.#pointedAt = index;
    this.#showPanels();
  }

  #recolour(): void {
    this.#colours.forget();
    for (const panel of this.#panels) panel.redraw();
  }

  /** Draws in the next frame, once, however much there is to draw. */
  #later(): void {
    if (this.#frame !== 0 || document.hidden) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  /** Points and peers come one after the other: each time only what is another one is drawn. */
  #draw(): void {
    const { moments, peers } = this.#held ?? { moments: this.#timeline.moments, peers: this.#peers };
    const point = newest(moments);
    const spanMs = this.#chosenMs ?? leastSpan(moments);
    if (moments !== this.#drawn.from || spanMs !== this.#drawn.spanMs) {
      this.#drawn = { from: moments, spanMs, moments: within(moments, spanMs) };
      for (const panel of this.#panels) panel.draw(this.#drawn.moments, spanMs);
      for (const radio of spanRadios()) radio.checked = Number(radio.value) * 60_000 === spanMs;
      this.#showPanels();
      this.#header.show(point);
    }
    if (peers !== undefined && peers !== this.#listed) this.#table.show(peers, point?.atMs ?? Date.now());
    this.#listed = peers;
    document.title = this.#title(point);
  }

  /** The figures of the moment the reader points at, else of the newest. */
  #showPanels(): void {
    const pointedAt = this.#drawn.moments[this.#pointedAt ?? -1];
    const point = pointedAt !== undefined && isPoint(pointedAt) ? pointedAt : undefined;
    for (const panel of this.#panels) panel.show(point ?? newest(this.#drawn.moments), point !== undefined);
  }

  #title(point: LivePoint | undefined): string {
    const service = harmless(this.#hello?.service ?? 'peermeter');
    if (!this.#status.isLive) return `(${this.#status.word}) ${service}`;
    if (point === undefined) return service;
    return `${count()(point.peers).text} ${point.peers === 1 ? 'peer' : 'peers'} · ${service}`;
  }
}

const spanRadios = (): NodeListOf<HTMLInputElement> => document.querySelectorAll('input[name=span]');

/** The least span to choose that all of these moments are in; else the greatest. */
function leastSpan(moments: readonly Moment[]): number {
  const spans = [...spanRadios()].map((radio) => Number(radio.value) * 60_000);
  const lastedMs = (moments.at(-1)?.atMs ?? 0) - (moments[0]?.atMs ?? 0);
  return spans.find((span) => span >= lastedMs) ?? Math.max(...spans);
}

/** Whether Space means something to the element it was pressed on. */
function isOperated(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, button, select, textarea, a, summary') !== null;
}
