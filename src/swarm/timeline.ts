import type { RecordableHistogram } from 'node:perf_hooks';
import { shortHistogram } from './tally.ts';

const FIRST_WIDTH_MS = 500;
const MAX_SPANS = 600;
const NS_A_MS = 1e6;

/** What happened up to a moment of the run. */
export interface TimelinePoint {
  /** From the start of the run to the last sample of this span. */
  readonly seconds: number;
  /** Peers connected at the end of the span. */
  readonly online: number;
  readonly pingsPerSecond: number;
  readonly errorsPerSecond: number;
  /** Percentiles of the span's round trips; `null` when there were none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** Totals at the time of a sample. */
export interface TimelineSample {
  readonly online: number;
  readonly pings: number;
  readonly pingErrors: number;
}

interface Span extends TimelineSample {
  /** When the last sample of the span was taken. */
  readonly atMs: number;
  readonly rtt: RecordableHistogram;
}

/**
 * The run over time, in at most 600 spans however long it takes: when they are all used, each two become one of twice
 * the width.
 */
export class Timeline {
  #widthMs = FIRST_WIDTH_MS;
  #spans: Span[] = [];

  /** Takes a sample in: totals as they are now, and the round trips since the sample before. */
  add(atMs: number, totals: TimelineSample, rtt: RecordableHistogram | undefined): void {
    while (atMs >= MAX_SPANS * this.#widthMs) this.#halve();
    const index = Math.floor(atMs / this.#widthMs);
    // In spans nobody spoke in nothing was added to the totals.
    while (this.#spans.length <= index) {
      const before = this.#spans.at(-1) ?? { online: 0, pings: 0, pingErrors: 0 };
      this.#spans.push({ ...before, atMs: (this.#spans.length + 1) * this.#widthMs, rtt: shortHistogram() });
    }
    const span = this.#spans[index];
    if (span === undefined) return;
    if (rtt !== undefined) span.rtt.add(rtt);
    this.#spans[index] = { ...totals, atMs, rtt: span.rtt };
  }

  points(): TimelinePoint[] {
    const spans = this.#withoutStub();
    return spans.map((span, index) => {
      const before = spans[index - 1] ?? { atMs: 0, pings: 0, pingErrors: 0 };
      const seconds = Math.max(1, span.atMs - before.atMs) / 1000;
      return {
        seconds: round(span.atMs / 1000),
        online: span.online,
        pingsPerSecond: round((span.pings - before.pings) / seconds),
        errorsPerSecond: round((span.pingErrors - before.pingErrors) / seconds),
        p50Ms: percentile(span.rtt, 50),
        p95Ms: percentile(span.rtt, 95),
        p99Ms: percentile(span.rtt, 99),
      };
    });
  }

  /** The end cuts the last span short; too little time makes no rate, so it is then added to the one before. */
  #withoutStub(): Span[] {
    const [before, last] = this.#spans.slice(-2);
    if (before === undefined || last === undefined || last.atMs - before.atMs >= this.#widthMs / 2) return this.#spans;
    return [...this.#spans.slice(0, -2), joined(before, last)];
  }

  #halve(): void {
    const wider: Span[] = [];
    for (let index = 0; index < this.#spans.length; index += 2) {
      const [first, second] = this.#spans.slice(index, index + 2);
      if (first !== undefined) wider.push(second === undefined ? first : joined(first, second));
    }
    this.#spans = wider;
    this.#widthMs *= 2;
  }
}

function joined(first: Span, second: Span): Span {
  const rtt = shortHistogram();
  for (const part of [first.rtt, second.rtt]) if (part.count > 0) rtt.add(part);
  return { ...second, rtt };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function percentile(histogram: RecordableHistogram, percent: number): number | null {
  return histogram.count === 0 ? null : round(histogram.percentile(percent) / NS_A_MS);
}
