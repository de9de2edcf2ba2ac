import { byId, setAttribute, setText } from './dom.ts';
import { clock, longTime, written } from './format.ts';
import type { LinkState } from './link.ts';

const PILLS: Readonly<Record<LinkState['is'], string>> = {
  connecting: 'connecting',
  live: 'live',
  gone: 'gone',
  stopped: 'stopped',
  refused: 'refused',
  resting: 'resting',
};

/** Says in the page how things stand between it and the daemon, and whether it is held still. */
export class Status {
  readonly #pill = byId('state');
  readonly #banner = byId('banner');
  readonly #announcement = byId('announcement');
  #link: LinkState = { is: 'connecting' };
  #pausedAtMs: number | undefined;

  /** Whether the figures are those of now. */
  get isLive(): boolean {
    return this.#link.is === 'live';
  }

  /** How things stand, in a word. */
  get word(): string {
    return PILLS[this.#link.is];
  }

  start(): void {
    // How long ago it was has to go on.
    setInterval(() => this.#show(), 1000);
    this.#show();
  }

  link(link: LinkState): void {
    const before = this.#link.is;
    this.#link = link;
    this.#show();
    if (link.is === 'live') this.say(before === 'connecting' ? 'Connected to the daemon.' : 'The daemon is back.');
    else this.say(sentence(link));
  }

  /** @param sinceMs absent when it goes on */
  pause(sinceMs: number | undefined): void {
    this.#pausedAtMs = sinceMs;
    this.#show();
    this.say(sinceMs === undefined ? 'The page goes on.' : 'The page is held still.');
  }

  /** Tells those who listen to the page. Only what they did, and changes of state: never figures. */
  say(text: string): void {
    setText(this.#announcement, text);
  }

  #show(): void {
    const held = this.#pausedAtMs !== undefined && this.#link.is === 'live';
    setAttribute(document.documentElement, 'data-link', this.#link.is);
    setAttribute(document.documentElement, 'data-held', held ? '' : null);
    setText(this.#pill, held ? 'paused' : PILLS[this.#link.is]);
    const text = this.#link.is === 'live' ? this.#heldSentence() : sentence(this.#link);
    setText(this.#banner, text);
    this.#banner.hidden = text === '';
  }

  #heldSentence(): string {
    if (this.#pausedAtMs === undefined) return '';
    return `Held still since ${clock(this.#pausedAtMs)}. What comes in meanwhile is kept: press Space to go on.`;
  }
}

function sentence(link: LinkState): string {
  switch (link.is) {
    case 'connecting':
    case 'live':
    case 'resting':
      return '';
    case 'gone':
      return `No word from the daemon since ${since(link.sinceMs)}. The figures are the last ones it sent. Trying again by itself.`;
    case 'stopped':
      return `The daemon was stopped at ${since(link.sinceMs)}. The figures are its last ones. They go on when it is back.`;
    case 'refused':
      return `The daemon does not send its live feed: ${link.said}. Trying again by itself.`;
  }
}

function since(atMs: number): string {
  return `${clock(atMs)} (${written(longTime(Math.floor((Date.now() - atMs) / 1000)))} ago)`;
}
