import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Figures } from '../../src/contract/figures.ts';
import type { MetricKey } from '../../src/contract/metrics.ts';
import type { LivePoint } from '../../src/live/feed.ts';
import { History } from '../../src/live/history.ts';
import { POINT_FIELDS } from '../../src/live/point.ts';
import { Recorder } from '../../src/live/recorder.ts';

const pointAt = (atMs: number, fields: Partial<LivePoint> = {}): LivePoint =>
  ({ ...Object.fromEntries(POINT_FIELDS.map((field) => [field, 1])), atMs, ...fields }) as unknown as LivePoint;

const times = (history: History, after = Number.NEGATIVE_INFINITY, most = 1000): number[] =>
  history.after(after, most).map(({ atMs }) => atMs);

describe('the points that are kept', () => {
  test('are as many as there is room for, and no older than the time', () => {
    const history = new History({ keepMs: 10_000, capacity: 5 });
    for (let second = 1; second <= 8; second++) history.add(pointAt(second * 1000), []);
    assert.deepEqual(times(history), [4000, 5000, 6000, 7000, 8000]);
    for (let second = 13; second <= 28; second += 5) history.add(pointAt(second * 1000), []);
    assert.deepEqual(times(history), [23_000, 28_000], 'five seconds apart');
    history.add(pointAt(100_000), []);
    assert.deepEqual(times(history), [100_000], 'the machine slept');
  });

  test('come back as they went in, and what was not there as nothing', () => {
    const history = new History({ keepMs: 10_000, capacity: 5 });
    const point = pointAt(1_764_000_000_123, { rttP50Seconds: null, memoryRssBytes: 9_876_543_210_123, cpuPercent: 0 });
    history.add(point, []);
    assert.deepEqual(history.after(0, 10), [point]);
  });

  test('are given from a time on, so many at once', () => {
    const history = new History({ keepMs: 100_000, capacity: 50 });
    for (let second = 1; second <= 20; second++) history.add(pointAt(second * 1000), []);
    assert.deepEqual(times(history, 3000, 2), [4000, 5000]);
    assert.deepEqual(times(history, 18_500, 9), [19_000, 20_000]);
    assert.deepEqual(times(history, 20_000, 9), []);
  });

  test('of a later time are forgotten when the clock is set back', () => {
    const history = new History({ keepMs: 100_000, capacity: 50 });
    for (const second of [10, 11, 12, 13]) history.add(pointAt(second * 1000), []);
    history.add(pointAt(11_500), []);
    assert.deepEqual(times(history), [10_000, 11_000, 11_500]);
    history.add(pointAt(1000), []);
    assert.deepEqual(times(history), [1000]);
  });

  test('know what had ended before the oldest of them', () => {
    const history = new History({ keepMs: 3000, capacity: 50 });
    assert.deepEqual(history.endedBefore, []);
    for (let second = 1; second <= 6; second++) history.add(pointAt(second * 1000), [second]);
    assert.deepEqual(times(history), [4000, 5000, 6000]);
    assert.deepEqual(history.endedBefore, [3]);
  });
});

test('durations are those of the connections that ended while points are kept', async () => {
  let nowMs = 0;
  let ended = [0, 0, 0];
  const figures = async (): Promise<Figures> =>
    new Map<MetricKey, never>([
      [
        'connectionDuration',
        [
          {
            attributes: { direction: 'inbound' },
            value: { buckets: { boundaries: [1, 10], counts: ended }, sum: 0, count: 0 },
          },
        ] as never,
      ],
    ]);
  const recorder = new Recorder({
    figures,
    limits: { intervalMs: 1000, keepMs: 5000 },
    clock: () => nowMs,
    wallClock: () => nowMs,
  });
  const takeAt = (second: number, counts: number[]) => {
    nowMs = second * 1000;
    ended = counts;
    return recorder.take();
  };
  assert.equal((await takeAt(1, [4, 0, 0])).durationP50Seconds, 0.5, 'from the start on');
  assert.equal((await takeAt(2, [4, 4, 0])).durationP99Seconds, 1 + 9 * (3.92 / 4));
  for (const second of [3, 4, 5, 6, 7]) await takeAt(second, [4, 4, 0]);
  assert.equal(recorder.history.size, 5);
  assert.equal((await takeAt(8, [4, 5, 0])).durationP50Seconds, 5.5, 'those of earlier are forgotten');
  for (let second = 9; second < 15; second++) await takeAt(second, [4, 5, 0]);
  assert.equal((await takeAt(15, [4, 5, 0])).durationP50Seconds, null);
});
