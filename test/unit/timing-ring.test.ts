import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TimingRing } from '../../src/probe/timing-ring.ts';

/** A ring on a clock of the test's, advanced by hand: no timer of its own ever fires. */
function ringAt(intervalMs: number, random: () => number) {
  const clock = { nowMs: 0 };
  const turns: { item: string; atMs: number }[] = [];
  const ring = new TimingRing<string>({
    intervalMs,
    onDue: (item) => turns.push({ item, atMs: clock.nowMs }),
    now: () => clock.nowMs,
    random,
  });
  const advance = (toMs: number, stepMs: number): void => {
    while (clock.nowMs < toMs) {
      clock.nowMs = Math.min(toMs, clock.nowMs + stepMs);
      ring.advance();
    }
  };
  return { ring, turns, clock, advance };
}

describe('the timing ring', () => {
  test('gives every item its turn once an interval, whatever its numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 5000 }), fc.integer(), (intervalMs, seed) => {
        let state = seed >>> 0;
        const random = () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          return state / 2 ** 32;
        };
        const { ring, turns, advance } = ringAt(intervalMs, random);
        const items = Array.from({ length: 20 }, (_, index) => `peer ${index}`);
        for (const item of items) ring.add(item);
        const intervals = 20;
        advance(intervals * intervalMs, Math.max(1, intervalMs / 100));
        for (const item of items) {
          const times = turns.filter((turn) => turn.item === item).map((turn) => turn.atMs);
          assert(Math.abs(times.length - intervals) <= 3, `${times.length} turns in ${intervals} intervals`);
          for (let index = 1; index < times.length; index++) {
            const gap = (times[index] ?? 0) - (times[index - 1] ?? 0);
            assert(gap > 0.8 * intervalMs - 11 && gap < 1.2 * intervalMs + 11, `${gap} ms apart at ${intervalMs}`);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('spreads items over the interval', () => {
    const { ring, turns, advance } = ringAt(1000, Math.random);
    for (let index = 0; index < 1000; index++) ring.add(`peer ${index}`);
    advance(1000, 10);
    const busiest = Math.max(...[...Map.groupBy(turns, ({ atMs }) => atMs).values()].map((at) => at.length));
    assert(busiest < 50, `${busiest} of 1000 in one hundredth of the interval`);
  });

  test('gives one turn, not many, after a stall', () => {
    const { ring, turns, clock } = ringAt(1000, Math.random);
    for (let index = 0; index < 50; index++) ring.add(`peer ${index}`);
    clock.nowMs = 60_000;
    ring.advance();
    assert.equal(turns.length, 50);
  });

  test('an item taken out has no turn, not even in the batch under way', () => {
    const clock = { nowMs: 0 };
    const turns: string[] = [];
    const ring = new TimingRing<string>({
      intervalMs: 100,
      onDue: (item) => {
        turns.push(item);
        ring.delete('b');
      },
      now: () => clock.nowMs,
      random: () => 0,
    });
    ring.add('a');
    ring.add('b');
    clock.nowMs = 500;
    ring.advance();
    assert.deepEqual(turns, ['a']);
  });

  test('an item that comes after a long silence waits no longer than an interval', () => {
    const { ring, turns, clock, advance } = ringAt(1000, () => 0.99);
    clock.nowMs = 3_600_000;
    ring.add('late');
    advance(3_601_010, 10);
    assert.equal(turns.length, 1);
  });
});
