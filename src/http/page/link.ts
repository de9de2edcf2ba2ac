import type { LiveEvents } from '../../live/feed.ts';
import { harmless } from './text.ts';

/** How things stand between the page and the daemon. Times are the browser's own. */
export type LinkState =
  | { readonly is: 'connecting' }
  | { readonly is: 'live' }
  /** No word since then. */
  | { readonly is: 'gone'; readonly sinceMs: number }
  /** It said that it stops. */
  | { readonly is: 'stopped'; readonly sinceMs: number }
  /** It answers, but not with its feed, and says why. */
  | { readonly is: 'refused'; readonly said: string }
  /** Nobody has seen the page for a while: it listens again when somebody does. */
  | { readonly is: 'resting' };

export interface LinkInit {
  readonly onHello: (hello: LiveEvents['hello']) => void;
  readonly onHistory: (history: LiveEvents['history']) => void;
  readonly onPoint: (point: LiveEvents['point']) => void;
  readonly onPeers: (peers: LiveEvents['peers']) => void;
  readonly onState: (state: LinkState) => void;
}

const FEED = 'live';

/** From a connection that failed to the next try. */
const RETRY_MS = 2_000;

/** A feed that says nothing for so long, or for so many of its intervals, is gone, whatever TCP thinks. */
const SILENCE_MS = 5_000;
const SILENT_INTERVALS = 5;

/** From when nobody sees the page to when it stops listening. */
const REST_AFTER_MS = 60_000;

/**
 * The page's side of the live feed, for as long as the page is open.
 *
 * It connects anew by itself. That is not left to EventSource, for browsers differ in what they give up at, and none
 * notices a connection that died without a word.
 */
export class Link {
  readonly #init: LinkInit;
  #source: EventSource | undefined;
  #state: LinkState = { is: 'connecting' };
  #heardAtMs = Date.now();
  #silenceMs = SILENCE_MS;
  #rest: number | undefined;

  constructor(init: LinkInit) {
    this.#init = init;
  }

  start(): void {
    this.#open();
    setInterval(() => this.#listenForSilence(), 1000);
    // The daemon has room for few viewers: a page that nobody sees, or that is kept for the way back, is none.
    document.addEventListener('visibilitychange', () => this.#seenOrNot());
    addEventListener('pagehide', () => this.#source?.close());
    addEventListener('pageshow', ({ persisted }) => persisted && this.#open());
  }

  #seenOrNot(): void {
    clearTimeout(this.#rest);
    if (document.hidden) {
      this.#rest = setTimeout(() => {
        this.#source?.close();
        this.#become({ is: 'resting' });
      }, REST_AFTER_MS);
    } else if (this.#state.is === 'resting') {
      this.#become({ is: 'connecting' });
      this.#open();
    }
  }

  #open(): void {
    this.#source?.close();
    const source = new EventSource(FEED);
    this.#source = source;
    this.#heardAtMs = Date.now();
    this.#on(source, 'hello', (hello) => {
      this.#silenceMs = Math.max(SILENCE_MS, SILENT_INTERVALS * hello.intervalMs);
      this.#init.onHello(hello);
    });
    this.#on(source, 'history', (history) => this.#init.onHistory(history));
    this.#on(source, 'point', (point) => this.#init.onPoint(point));
    this.#on(source, 'peers', (peers) => this.#init.onPeers(peers));
    this.#on(source, 'bye', () => this.#become({ is: 'stopped', sinceMs: Date.now() }));
    source.onerror = () => {
      source.close();
      if (source === this.#source) void this.#lost();
    };
  }

  #on<Name extends keyof LiveEvents>(source: EventSource, name: Name, take: (data: LiveEvents[Name]) => void): void {
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      this.#heardAtMs = Date.now();
      if (name !== 'bye') this.#become({ is: 'live' });
      take(JSON.parse(data));
    });
  }

  #listenForSilence(): void {
    if (this.#state.is !== 'live' || Date.now() - this.#heardAtMs < this.#silenceMs) return;
    this.#source?.close();
    void this.#lost();
  }

  async #lost(): Promise<void> {
    if (this.#state.is === 'live') this.#become({ is: 'gone', sinceMs: this.#heardAtMs });
    const said = await whatItSays();
    if (said !== undefined) this.#become({ is: 'refused', said });
    else if (this.#state.is === 'connecting' || this.#state.is === 'refused') {
      this.#become({ is: 'gone', sinceMs: Date.now() });
    }
    setTimeout(() => this.#state.is !== 'resting' && this.#open(), RETRY_MS);
  }

  #become(state: LinkState): void {
    const same =
      state.is === this.#state.is && (state.is !== 'refused' || state.said === (this.#state as typeof state).said);
    this.#state = state;
    if (!same) this.#init.onState(state);
  }
}

/**
 * Why the feed was not to be had, in the daemon's own words: an EventSource does not tell. Nothing when nobody answers,
 * or when it would be had now.
 */
async function whatItSays(): Promise<string | undefined> {
  const abort = new AbortController();
  try {
    const response = await fetch(FEED, { signal: AbortSignal.any([abort.signal, AbortSignal.timeout(SILENCE_MS)]) });
    if (response.ok) return undefined;
    const [line = ''] = (await response.text()).trim().split('\n', 1);
    return harmless(line) || `status ${response.status}`;
  } catch {
    return undefined;
  } finally {
    abort.abort();
  }
}
