/** Nothing before, nothing after. */
const NONE = -1;
const FIRST_ROOM = 64;

export interface DeadlinesInit {
  /** Called when the deadline of a slot has passed; the slot is off the list then. */
  readonly onPassed: (slot: number) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * The deadlines of what is under way, a slot number each, in the order they come: a list in arrays of numbers and one
 * timer for all of them.
 */
export class Deadlines {
  readonly #init: DeadlinesInit;
  #atMs = new Float64Array(FIRST_ROOM);
  #next = new Int32Array(FIRST_ROOM).fill(NONE);
  #previous = new Int32Array(FIRST_ROOM).fill(NONE);
  #first = NONE;
  #last = NONE;
  #timer: NodeJS.Timeout | undefined;
  #judging: NodeJS.Immediate | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(init: DeadlinesInit) {
    this.#init = init;
  }

  /** Sets the deadline of a slot that has none. */
  set(slot: number, atMs: number): void {
    if (slot >= this.#atMs.length) this.#grow(slot);
    this.#atMs[slot] = atMs;
    // Nearly always this one comes last, as all have the same time.
    let before = this.#last;
    while (before !== NONE && this.at(before) > atMs) before = this.#previous[before] ?? NONE;
    const after = before === NONE ? this.#first : (this.#next[before] ?? NONE);
    this.#join(before, slot);
    this.#join(slot, after);
    if (atMs < this.#timerAtMs) this.#arm(atMs);
  }

  /** When the deadline last set for a slot comes, or came. */
  at(slot: number): number {
    return this.#atMs[slot] ?? 0;
  }

  /** Takes a slot off the list; nothing happens when it is not on it. */
  delete(slot: number): void {
    const before = this.#previous[slot] ?? NONE;
    const after = this.#next[slot] ?? NONE;
    if (before === NONE && this.#first !== slot) return;
    this.#join(before, after);
    this.#next[slot] = NONE;
    this.#previous[slot] = NONE;
  }

  /** Waits for none of them any more. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#judging);
  }

  #arm(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    // After a stall of our own event loop what is waited for may lie in the socket: read first, judge then.
    this.#timer = setTimeout(
      () => {
        this.#judging = setImmediate(() => this.#judge());
      },
      Math.max(1, Math.ceil(atMs - this.#init.now())),
    );
  }

  #judge(): void {
    const now = this.#init.now();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    while (this.#first !== NONE && this.at(this.#first) <= now) {
      const slot = this.#first;
      this.delete(slot);
      this.#init.onPassed(slot);
    }
    if (this.#first !== NONE && this.at(this.#first) < this.#timerAtMs) this.#arm(this.at(this.#first));
  }

  #join(before: number, after: number): void {
    if (before === NONE) this.#first = after;
    else this.#next[before] = after;
    if (after === NONE) this.#last = before;
    else this.#previous[after] = before;
  }

  #grow(slot: number): void {
    const room = Math.max(slot + 1, this.#atMs.length * 2);
    const [atMs, next, previous] = [this.#atMs, this.#next, this.#previous];
    this.#atMs = new Float64Array(room);
    this.#next = new Int32Array(room).fill(NONE);
    this.#previous = new Int32Array(room).fill(NONE);
    this.#atMs.set(atMs);
    this.#next.set(next);
    this.#previous.set(previous);
  }
}
