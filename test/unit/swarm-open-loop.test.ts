import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { HeldPingResult } from '../../src/swarm/held-ping.ts';
import { OpenLoop } from '../../src/swarm/open-loop.ts';
import { PingSchedule } from '../../src/swarm/ping-schedule.ts';

/** A peer on a clock of the test's, at a server that answers when the test says so. */
function loopAt(timeoutMs = 5000) {
  const clock = { nowMs: 0 };
  const answered: number[] = [];
  const failed: string[] = [];
  const late: number[] = [];
  const onWire: { sentMs: number; settle: (result: HeldPingResult) => void }[] = [];
  const loop = new OpenLoop({
    ping: () => new Promise((resolve) => onWire.push({ sentMs: clock.nowMs, settle: resolve })),
    onAnswered: (rttMs) => answered.push(rttMs),
    onFailed: (error) => failed.push(error),
    onLate: (lateMs) => late.push(lateMs),
    timeoutMs,
    now: () => clock.nowMs,
  });
  /** Answers all that is and will be on the wire, each after so long. */
  const answerAll = async (afterMs: number): Promise<void> => {
    for (let ping = onWire.shift(); ping !== undefined; ping = onWire.shift()) {
      clock.nowMs += afterMs;
      ping.settle({ rttMs: clock.nowMs - ping.sentMs });
      await turn();
    }
  };
  return { clock, loop, answered, failed, late, onWire, answerAll };
}

describe('the pings of one peer', () => {
  test('count from when they were sent, as long as none waits for another', async () => {
    const { clock, loop, answered, late, answerAll } = loopAt();
    for (let dueMs = 0; dueMs < 5000; dueMs += 1000) {
      // This side was 3 ms late itself: that is told apart, not counted against the server.
      clock.nowMs = dueMs + 3;
      loop.due(dueMs);
      await answerAll(1);
    }
    assert.deepEqual(answered, [1, 1, 1, 1, 1]);
    assert.deepEqual(late, [3, 3, 3, 3, 3]);
  });

  test('count from when they were due, when they had to wait: a stall is seen by every ping it held up', async () => {
    const { clock, loop, answered, answerAll } = loopAt();
    for (let dueMs = 0; dueMs <= 2000; dueMs += 100) {
      clock.nowMs = dueMs;
      loop.due(dueMs);
    }
    // The server stalled for 2 s, and answers each at once from then on.
    await answerAll(0);
    assert.equal(answered.length, 21);
    assert.deepEqual(
      answered,
      Array.from({ length: 21 }, (_, index) => 2000 - 100 * index),
    );
    // A closed loop would have sent one ping in that time, and found a median of nothing.
    assert.equal(answered.toSorted((a, b) => a - b)[10], 1000);
  });

  test('that ran out of time before they could be sent have failed, and are not sent', async () => {
    const { clock, loop, answered, failed, onWire } = loopAt(1000);
    for (let dueMs = 0; dueMs <= 1500; dueMs += 500) {
      clock.nowMs = dueMs;
      loop.due(dueMs);
    }
    onWire.shift()?.settle({ error: 'timeout' });
    await turn();
    assert.deepEqual(failed, ['timeout', 'not_sent']);
    assert.equal(onWire.length, 1);
    clock.nowMs = 1700;
    onWire.shift()?.settle({ rttMs: 200 });
    await turn();
    assert.deepEqual(answered, [700]);
  });

  test('count from when they were due, when the server ended the stream under them', async () => {
    const { clock, loop, answered, onWire } = loopAt();
    loop.due(0);
    clock.nowMs = 800;
    onWire.shift()?.settle({ rttMs: 1, resent: true });
    await turn();
    assert.deepEqual(answered, [800]);
  });

  test('fail with the connection', async () => {
    const { loop, failed, onWire } = loopAt();
    loop.due(0);
    loop.due(0);
    loop.end();
    onWire.shift()?.settle({ error: 'disconnected' });
    await turn();
    loop.due(1);
    assert.deepEqual(failed, ['disconnected', 'disconnected']);
  });

  test('are forgotten when this side stops of its own will', async () => {
    const { loop, answered, failed, onWire, answerAll } = loopAt();
    loop.due(0);
    loop.due(0);
    loop.pause();
    onWire.shift()?.settle({ error: 'timeout' });
    await turn();
    loop.due(0);
    await answerAll(1);
    assert.deepEqual([answered, failed], [[1], []]);
  });
});

describe('the ping schedule', () => {
  /** On a clock of the test's, advanced by hand. */
  function scheduleAt(intervalMs: number, random = Math.random) {
    const clock = { nowMs: 0 };
    const turns: { item: string; dueMs: number }[] = [];
    const schedule = new PingSchedule<string>(intervalMs, {
      onDue: (item, dueMs) => turns.push({ item, dueMs }),
      now: () => clock.nowMs,
      random,
    });
    const advanceTo = (nowMs: number): void => {
      clock.nowMs = nowMs;
      schedule.advance();
    };
    return { schedule, turns, clock, advanceTo };
  }

  test('has everybody due exactly once an interval, also after a stall of several', (t) => {
    for (const intervalMs of [10, 33, 1000, 100_000]) {
      const { schedule, turns, advanceTo } = scheduleAt(intervalMs);
      t.after(() => schedule.stop());
      for (let index = 0; index < 20; index++) schedule.add(`peer ${index}`);
      advanceTo(intervalMs / 2);
      advanceTo(7 * intervalMs);
      advanceTo(20 * intervalMs);
      assert.equal(turns.length, 20 * 20);
      const times = turns.filter(({ item }) => item === 'peer 7').map(({ dueMs }) => dueMs);
      for (const [index, dueMs] of times.slice(1).entries()) {
        assert(Math.abs(dueMs - (times[index] ?? 0) - intervalMs) < 1e-6);
      }
    }
  });

  test('spreads a crowd over the interval', (t) => {
    const { schedule, turns, advanceTo } = scheduleAt(1000);
    t.after(() => schedule.stop());
    for (let index = 0; index < 1000; index++) schedule.add(`peer ${index}`);
    advanceTo(1000);
    const tenths = Map.groupBy(turns, ({ dueMs }) => Math.floor(dueMs / 100));
    const most = Math.max(...[...tenths.values()].map((due) => due.length));
    assert(most < 200, `${most} of 1000 in one tenth of the interval`);
  });

  test('asks nothing for the time nobody was there, and nothing of those who left', (t) => {
    const { schedule, turns, advanceTo } = scheduleAt(100, () => 0.5);
    t.after(() => schedule.stop());
    advanceTo(10_000);
    schedule.add('late');
    advanceTo(10_100);
    assert.equal(turns.length, 1);
    schedule.delete('late');
    advanceTo(20_000);
    assert.equal(turns.length, 1);
  });

  test('has nobody due before they came', (t) => {
    const { schedule, turns, clock, advanceTo } = scheduleAt(1000, () => 0.5);
    t.after(() => schedule.stop());
    schedule.add('first');
    clock.nowMs = 700;
    schedule.add('second');
    advanceTo(1400);
    assert.deepEqual(turns, [{ item: 'first', dueMs: 500 }]);
  });

  test('goes over to another interval', (t) => {
    const { schedule, turns, advanceTo } = scheduleAt(1000);
    t.after(() => schedule.stop());
    schedule.add('peer');
    advanceTo(1000);
    schedule.setInterval(100);
    advanceTo(2000);
    assert.equal(turns.length, 11);
  });
});
