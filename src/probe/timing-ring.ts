/** The finest step of the ring; timers of a busy process are no finer. */
const MIN_TICK_MS = 10;
const TICKS_A_TURN = 100;
/** Each turn is longer or shorter by up to this share, so that peers who met in one tick part again. */
const JITTER = 0.1;

export interface TimingRingInit<T> {
  /** Mean time between two turns of one item, in milliseconds. */
  readonly intervalMs: number;
  /** Called when an item's turn has come. */
  readonly onDue: (item: T) => void;
  /** Monotonic milliseconds. @default performance.now */
  readonly now?: () => number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * Gives each of many items its turn, once an interval, spread over the interval and off step with each other: one timer
 * for all of them.
 */
export class TimingRing<T> {
  readonly #init: Required<TimingRingInit<T>>;
  readonly #tickMs: number;
  readonly #ticks: number;
  readonly #slots: Set<T>[];
  readonly #slotOf = new Map<T, number>();
  readonly #startedAtMs: number;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer will fire. */
  #timerTick = 0;
  #tick = 0;

  constructor(init: TimingRingInit<T>) {
    this.#init = { now: () => performance.now(), random: Math.random, ...init };
    this.#startedAtMs = this.#init.now();
    this.#ticks = Math.min(TICKS_A_TURN, Math.max(1, Math.floor(init.intervalMs / MIN_TICK_MS)));
    this.#tickMs = init.intervalMs / this.#ticks;
    this.#slots = Array.from({ length: 2 * this.#ticks + 1 }, () => new Set<T>());
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Takes an item in; its first turn comes at a random time within the first interval. */
  add(item: T): void {
    this.delete(item);
    if (this.#slotOf.size === 0) this.#tick = this.#tickNow();
    this.#place(item, 1 + Math.floor(this.#init.random() * this.#ticks));
    this.#arm();
  }

  delete(item: T): void {
    const slot = this.#slotOf.get(item);
    if (slot === undefined) return;
    this.#slots[slot]?.delete(item);
    this.#slotOf.delete(item);
  }

  /** Gives their turn to all items due by now. After a stall of more than a turn, each gets one turn, not several. */
  advance(): void {
    const due = this.#tickNow();
    const first = Math.max(this.#tick + 1, due - this.#slots.length + 1);
    const items: T[] = [];
    for (let tick = first; tick <= due; tick++) items.push(...(this.#slots[tick % this.#slots.length] ?? []));
    this.#tick = Math.max(this.#tick, due);
    for (const item of items) {
      // An item may have been taken out by the turn of one before it.
      if (!this.#slotOf.has(item)) continue;
      this.delete(item);
      this.#place(item, this.#nextTurn());
      this.#init.onDue(item);
    }
    this.#timer = undefined;
    this.#arm();
  }

  #tickNow(): number {
    return Math.floor((this.#init.now() - this.#startedAtMs) / this.#tickMs);
  }

  /** Sets the timer for the next slot that holds anything: an idle process is not woken. */
  #arm(): void {
    if (!this.#running) return;
    const next = this.#nextOccupiedTick();
    if (next === undefined || (this.#timer !== undefined && this.#timerTick <= next)) return;
    clearTimeout(this.#timer);
    const delay = this.#startedAtMs + next * this.#tickMs - this.#init.now();
    this.#timer = setTimeout(() => this.advance(), Math.max(1, Math.ceil(delay))).unref();
    this.#timerTick = next;
  }

  #nextOccupiedTick(): number | undefined {
    if (this.#slotOf.size === 0) return undefined;
    for (let tick = this.#tick + 1; tick <= this.#tick + this.#slots.length; tick++) {
      if ((this.#slots[tick % this.#slots.length]?.size ?? 0) > 0) return tick;
    }
    return undefined;
  }

  #nextTurn(): number {
    const jitter = Math.round(this.#ticks * JITTER * (2 * this.#init.random() - 1));
    return Math.max(1, this.#ticks + jitter);
  }

  #place(item: T, ticksAhead: number): void {
    const slot = (this.#tick + ticksAhead) % this.#slots.length;
    this.#slots[slot]?.add(item);
    this.#slotOf.set(item, slot);
  }
}
