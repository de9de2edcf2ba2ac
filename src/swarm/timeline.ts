import type { RecordableHistogram } from 'node:perf_hooks';
import { shortHistogram } from './tally.ts';

const FIRST_WIDTH_MS = 500;
const MAX_SPANS = 600;
const NS_A_MS = 1e6;

/** What happened up to a moment of the run. */
export interface TimelinePoint {
  /** From the start of the run to the end of this span. */
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
  readonly rtt: RecordableHistogram;
}

/**
 * The run over time, in at most 600 spans however long it takes: when they are all used, each two become one of twice
 * the width.
 */
export class Timeline {
  #widthMs = FIRST_WIDTH_MS;
  #spans: Span[] = [];
  #last: TimelineSample = { online: 0, pings: 0, pingErrors: 0 };

  /** Takes a sample in: totals as they are now, and the round trips since the sample before. */
  add(atMs: number, totals: TimelineSample, rtt: RecordableHistogram | undefined): void {
    let index = Math.floor(atMs / this.#widthMs);
    while (index >= MAX_SPANS) {
      this.#halve();
      index = Math.floor(atMs / this.#widthMs);
    }
    // Spans nobody spoke in are as the one before: nothing was added to the totals.
    while (this.#spans.length <= index) this.#spans.push({ ...this.#last, rtt: shortHistogram() });
    const span = this.#spans[index];
    if (span === undefined) return;
    if (rtt !== undefined) span.rtt.add(rtt);
    this.#spans[index] = { ...totals, rtt: span.rtt };
    this.#last = totals;
  }

  /** @param endMs when the run ended: the last span is seldom a whole one */
  points(endMs: number): TimelinePoint[] {
    return this.#spans.map((span, index) => {
      const before = this.#spans[index - 1] ?? { pings: 0, pingErrors: 0 };
      const toMs = Math.min((index + 1) * this.#widthMs, Math.max(endMs, index * this.#widthMs + 1));
      const seconds = (toMs - index * this.#widthMs) / 1000;
      return {
        seconds: round(toMs / 1000),
        online: span.online,
        pingsPerSecond: round((span.pings - before.pings) / seconds),
        errorsPerSecond: round((span.pingErrors - before.pingErrors) / seconds),
        p50Ms: percentile(span.rtt, 50),
        p95Ms: percentile(span.rtt, 95),
        p99Ms: percentile(span.rtt, 99),
      };
    });
  }

  #halve(): void {
    const wider: Span[] = [];
    for (let index = 0; index < this.#spans.length; index += 2) {
      const [first, second] = this.#spans.slice(index, index + 2);
      if (first === undefined) continue;
      if (second !== undefined) second.rtt.add(first.rtt);
      wider.push(second ?? first);
    }
    this.#spans = wider;
    this.#widthMs *= 2;
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

function percentile(histogram: RecordableHistogram, percent: number): number | null {
  return histogram.count === 0 ? null : round(histogram.percentile(percent) / NS_A_MS);
}
