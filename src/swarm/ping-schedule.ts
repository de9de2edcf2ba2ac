/** Timers of Node.js are no finer. */
const MIN_TICK_MS = 1;
const TICKS_A_TURN = 1000;

export interface PingScheduleInit<T> {
  /** Called for each turn of an item with the time it was due, also when that has long passed. */
  readonly onDue: (item: T, dueMs: number) => void;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * An open-loop schedule: every item is due once an interval, at a phase of its own, whatever became of its last turn.
 *
 * Unlike the ring of the prober it skips nothing: after a stall every turn that was missed is still given, with the time
 * it was due, so that what the stall hid is seen in the figures.
 */
export class PingSchedule<T> {
  readonly #onDue: (item: T, dueMs: number) => void;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #slotOf = new Map<T, number>();
  #slots: Set<T>[] = [];
  #tickMs = 1;
  #originMs = 0;
  /** The last tick whose turns were given. */
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer will fire. */
  #timerTick = 0;
  #stopped = false;

  constructor(intervalMs: number, init: PingScheduleInit<T>) {
    this.#onDue = init.onDue;
    this.#now = init.now ?? (() => performance.now());
    this.#random = init.random ?? Math.random;
    this.setInterval(intervalMs);
  }

  /** From now on each item is due once in this time, at a new phase. */
  setInterval(intervalMs: number): void {
    const items = [...this.#slotOf.keys()];
    this.#slotOf.clear();
    const ticks = Math.min(TICKS_A_TURN, Math.max(1, Math.floor(intervalMs / MIN_TICK_MS)));
    this.#tickMs = intervalMs / ticks;
    this.#slots = Array.from({ length: ticks }, () => new Set<T>());
    this.#originMs = this.#now();
    this.#tick = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const item of items) this.add(item);
  }

  /** Takes an item in; its first turn comes at a random time within the first interval. */
  add(item: T): void {
    if (this.#slotOf.has(item) || this.#stopped) return;
    // While nobody was here no turn was missed; and a newcomer has none before its time.
    if (this.#slotOf.size === 0) this.#tick = this.#tickNow();
    else this.advance();
    const slot = Math.floor(this.#random() * this.#slots.length);
    this.#slotOf.set(item, slot);
    this.#slots[slot]?.add(item);
    this.#arm();
  }

  delete(item: T): void {
    const slot = this.#slotOf.get(item);
    if (slot === undefined) return;
    this.#slotOf.delete(item);
    this.#slots[slot]?.delete(item);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Gives every turn that is due by now, in order. */
  advance(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const last = this.#tickNow();
    while (this.#tick < last) {
      this.#tick++;
      const dueMs = this.#originMs + this.#tick * this.#tickMs;
      for (const item of this.#slots[this.#tick % this.#slots.length] ?? []) this.#onDue(item, dueMs);
    }
    this.#arm();
  }

  #tickNow(): number {
    return Math.floor((this.#now() - this.#originMs) / this.#tickMs);
  }

  /** Wakes up for the next tick that holds anybody: a timer each millisecond costs more than the pings of fifty peers. */
  #arm(): void {
    const next = this.#nextOccupied();
    if (this.#stopped || next === undefined || (this.#timer !== undefined && this.#timerTick <= next)) return;
    clearTimeout(this.#timer);
    const delayMs = this.#originMs + next * this.#tickMs - this.#now();
    this.#timer = setTimeout(() => this.advance(), Math.max(MIN_TICK_MS, Math.ceil(delayMs)));
    this.#timerTick = next;
  }

  #nextOccupied(): number | undefined {
    if (this.#slotOf.size === 0) return undefined;
    for (let tick = this.#tick + 1; tick <= this.#tick + this.#slots.length; tick++) {
      if ((this.#slots[tick % this.#slots.length]?.size ?? 0) > 0) return tick;
    }
    return undefined;
  }
}
