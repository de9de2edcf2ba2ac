import { TypedEventEmitter } from '@libp2p/interface';

type Callback = ((event: Event) => void) | { handleEvent(event: Event): void };

/** One listener. */
interface Entry {
  readonly type: string;
  readonly callback: Callback;
  readonly capture: boolean;
  readonly once: boolean;
  removed: boolean;
  /** Lets go of the signal that would remove it. */
  release?: () => void;
}

/** Where an emitter has its listeners: a list that is never changed but replaced, so that a dispatch keeps its own. */
const ENTRIES = Symbol('listeners');

interface Emitter extends EventTarget {
  [ENTRIES]?: readonly Entry[];
  listenerCount(type: string): number;
}

type Options = boolean | { capture?: boolean; once?: boolean; signal?: AbortSignal } | undefined;

const NOBODY: readonly Entry[] = [];

let laid = false;

/**
 * Gives libp2p's event emitter a plain list of listeners. As it comes it keeps, for each listener, a wrapper, an abort
 * handler, two objects of options and what Node's own `EventTarget` keeps: some 350 bytes, and a connection has 26.
 *
 * A listener that is added while an event is dispatched gets the next one, as the DOM standard has it; Node's own may
 * give it that one still. Events do not learn their target, which nothing in libp2p asks for.
 *
 * It is the one lever that is laid on a class and not on an object, for the listeners are added in constructors: it goes
 * for the process. Returns what is not as expected.
 */
export function leanListeners(): string[] {
  if (laid) return [];
  const prototype = TypedEventEmitter.prototype as unknown as Emitter;
  const members = Object.getOwnPropertyNames(prototype).sort().join(' ');
  const expected = 'addEventListener constructor listenerCount removeEventListener safeDispatchEvent';
  if (members !== expected) return [`an event emitter with ${members}`];
  const before = Object.getOwnPropertyDescriptors(prototype);
  const countBefore = before.listenerCount.value as Emitter['listenerCount'];
  const removeBefore = before.removeEventListener.value as Emitter['removeEventListener'];
  Object.assign(prototype, lean(countBefore, removeBefore));
  laid = true;
  return [];
}

/** @param countBefore what knows the listeners an emitter got before this was laid on its class */
function lean(
  countBefore: Emitter['listenerCount'],
  removeBefore: Emitter['removeEventListener'],
): Partial<Emitter> & ThisType<Emitter> {
  return {
    listenerCount(type) {
      let count = countBefore.call(this, type);
      for (const entry of this[ENTRIES] ?? NOBODY) if (entry.type === type) count++;
      return count;
    },

    addEventListener(type: string, callback: Callback | null, options: Options) {
      const { capture = false, once = false, signal } = typeof options === 'object' ? options : { capture: options };
      if (callback === null || callback === undefined || signal?.aborted === true) return;
      const entries = this[ENTRIES] ?? NOBODY;
      if (entries.some((entry) => isSame(entry, type, callback, capture))) return;
      const entry: Entry = { type, callback, capture, once, removed: false };
      this[ENTRIES] = [...entries, entry];
      if (signal === undefined || signal === null) return;
      const onAbort = (): void => this.removeEventListener(type, callback, { capture });
      signal.addEventListener('abort', onAbort, { once: true });
      entry.release = () => signal.removeEventListener('abort', onAbort);
    },

    removeEventListener(type: string, callback: Callback | null, options: Options) {
      const capture = typeof options === 'object' ? (options.capture ?? false) : (options ?? false);
      const entries = this[ENTRIES] ?? NOBODY;
      const entry = entries.find((candidate) => isSame(candidate, type, callback, capture));
      if (entry === undefined) {
        if (callback !== null) removeBefore.call(this, type, callback, options);
        return;
      }
      entry.removed = true;
      entry.release?.();
      this[ENTRIES] = entries.filter((other) => other !== entry);
    },

    dispatchEvent(event) {
      for (const entry of this[ENTRIES] ?? NOBODY) {
        if (entry.type !== event.type || entry.removed) continue;
        if (entry.once) this.removeEventListener(entry.type, entry.callback, { capture: entry.capture });
        call(entry.callback, event);
      }
      return countBefore.call(this, event.type) > 0
        ? EventTarget.prototype.dispatchEvent.call(this, event)
        : !event.defaultPrevented;
    },
  };
}

function isSame(entry: Entry, type: string, callback: Callback | null, capture: boolean): boolean {
  return entry.type === type && entry.callback === callback && entry.capture === capture;
}

/** What a listener throws ends neither the dispatch nor its caller; as with Node's own, nobody catches it. */
function call(callback: Callback, event: Event): void {
  try {
    if (typeof callback === 'function') callback(event);
    else callback.handleEvent(event);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
