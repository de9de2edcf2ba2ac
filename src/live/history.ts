import type { LivePoint } from './feed.ts';
import { POINT_FIELDS } from './point.ts';

export interface HistoryInit {
  /** How long a point is kept. */
  readonly keepMs: number;
  /** Most points that are kept, however close together they come. */
  readonly capacity: number;
}

/**
 * The points of the last minutes, in a column of numbers for each field: as objects they would be ten thousands, for the
 * garbage collector to go through again and again.
 *
 * Each has beside it how many connections had ended by then, by how long they had lasted: what has ended since the oldest
 * point is the difference.
 */
export class History {
  readonly #keepMs: number;
  readonly #capacity: number;
  readonly #columns: ReadonlyMap<keyof LivePoint, Float64Array>;
  readonly #times: Float64Array;
  readonly #ended: (readonly number[])[];
  /** What had ended before the oldest point that is kept. */
  #endedBefore: readonly number[] = [];
  #first = 0;
  #size = 0;

  constructor({ keepMs, capacity }: HistoryInit) {
    this.#keepMs = keepMs;
    this.#capacity = capacity;
    this.#columns = new Map(POINT_FIELDS.map((field) => [field, new Float64Array(capacity)]));
    this.#times = this.#columns.get('atMs') ?? new Float64Array(capacity);
    this.#ended = new Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Connections that had ended before the time that is looked back on, by how long they had lasted. */
  get endedBefore(): readonly number[] {
    return this.#endedBefore;
  }

  /**
   * Adds the newest point, and forgets those that are too old or too many. Points of a later time are forgotten too: the
   * clock has been set back.
   *
   * @param ended the counts of all connections that have ended, by how long they had lasted
   */
  add(point: LivePoint, ended: readonly number[]): void {
    while (this.#size > 0 && this.#timeOf(this.#size - 1) >= point.atMs) this.#size--;
    while (this.#size === this.#capacity || (this.#size > 0 && this.#timeOf(0) <= point.atMs - this.#keepMs)) {
      this.#endedBefore = this.#ended[this.#first] ?? [];
      this.#first = this.#slot(1);
      this.#size--;
    }
    const slot = this.#slot(this.#size);
    for (const [field, column] of this.#columns) column[slot] = point[field] ?? Number.NaN;
    this.#ended[slot] = ended;
    this.#size++;
  }

  /** At most so many points that are newer than this, oldest first. */
  after(atMs: number, most: number): LivePoint[] {
    let from = this.#size;
    while (from > 0 && this.#timeOf(from - 1) > atMs) from--;
    return Array.from({ length: Math.min(most, this.#size - from) }, (_, at) => this.#point(this.#slot(from + at)));
  }

  #point(slot: number): LivePoint {
    const fields: [string, number | null][] = [];
    for (const [field, column] of this.#columns) {
      const value = column[slot] ?? Number.NaN;
      fields.push([field, Number.isNaN(value) ? null : value]);
    }
    return Object.fromEntries(fields) as unknown as LivePoint;
  }

  #timeOf(at: number): number {
    return this.#times[this.#slot(at)] ?? Number.NaN;
  }

  /** Where the point is that has so many before it. */
  #slot(at: number): number {
    return (this.#first + at) % this.#capacity;
  }
}
