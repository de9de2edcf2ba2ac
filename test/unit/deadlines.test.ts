import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Deadlines } from '../../src/probe/deadlines.ts';

const SLOTS = 200;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 }));
afterEach(() => mock.timers.reset());

const now = (): number => Date.now();

/** Time goes on, step by step, and each step is a turn of the event loop. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    mock.timers.tick(1);
    await turn();
  }
}

type Step = readonly ['set' | 'delete' | 'pass', number, number];

const steps = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('set' as const), fc.nat(SLOTS - 1), fc.integer({ min: -5, max: 60 })),
    fc.tuple(fc.constant('delete' as const), fc.nat(SLOTS - 1), fc.constant(0)),
    fc.tuple(fc.constant('pass' as const), fc.constant(0), fc.nat(20)),
  ),
  { maxLength: 60 },
);

test('deadlines pass in the order they come, each once, none before its time, none that was taken off', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script: Step[]) => {
      const passed: number[] = [];
      const deadlines = new Deadlines({ onPassed: (slot) => passed.push(slot), now });
      let open: { slot: number; atMs: number }[] = [];
      for (const [what, slot, ms] of [...script, ['pass', 0, 100] as const]) {
        const isOpen = open.some((each) => each.slot === slot);
        if (what === 'set' && !isOpen) {
          const atMs = Date.now() + ms;
          deadlines.set(slot, atMs);
          assert.equal(deadlines.at(slot), atMs);
          open.push({ slot, atMs });
        }
        if (what === 'delete') {
          deadlines.delete(slot);
          open = open.filter((each) => each.slot !== slot);
        }
        if (what !== 'pass') continue;
        passed.length = 0;
        await pass(ms + 2);
        const due = open.filter(({ atMs }) => atMs <= Date.now()).sort((a, b) => a.atMs - b.atMs);
        assert.deepEqual(
          passed.map((each) => open.find((known) => known.slot === each)?.atMs),
          due.map(({ atMs }) => atMs),
        );
        assert.deepEqual([...passed].sort(), due.map((each) => each.slot).sort());
        open = open.filter((each) => !due.includes(each));
      }
      deadlines.stop();
    }),
    { numRuns: 100 },
  );
});

test('one set, or taken off, while others pass is heeded', async () => {
  const passed: number[] = [];
  const deadlines: Deadlines = new Deadlines({
    now,
    onPassed: (slot) => {
      passed.push(slot);
      if (passed.length === 1) {
        deadlines.delete(2);
        deadlines.set(1, Date.now() + 5);
      }
    },
  });
  deadlines.set(1, 10);
  deadlines.set(2, 10);
  deadlines.set(3, 11);
  await pass(13);
  assert.deepEqual(passed, [1, 3]);
  await pass(10);
  assert.deepEqual(passed, [1, 3, 1]);
  deadlines.stop();
});

test('what has been answered by the end of the turn after a stall is not late', async () => {
  const passed: number[] = [];
  const deadlines = new Deadlines({ onPassed: (slot) => passed.push(slot), now });
  deadlines.set(0, 10);
  // The answer is read in the turn in which the timer fires.
  setTimeout(() => setImmediate(() => deadlines.delete(0)), 9);
  await pass(30);
  assert.deepEqual(passed, []);
  deadlines.stop();
});

test('nothing passes any more once it is stopped, not even what is about to be judged', async () => {
  const passed: number[] = [];
  const deadlines = new Deadlines({ onPassed: (slot) => passed.push(slot), now });
  deadlines.set(0, 10);
  setTimeout(() => deadlines.stop(), 10);
  await pass(30);
  assert.deepEqual(passed, []);
});
