import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PeerSlots } from '../../src/probe/peer-slots.ts';
import { fillWithRandomBytes } from '../../src/probe/random-bytes.ts';

test('nobody shares a slot, and nobody finds what the one before him left', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (script) => {
      const slots = new PeerSlots();
      const taken: number[] = [];
      for (const [at, takes] of [...script, ...Array.from({ length: 150 }, () => true)].entries()) {
        if (!takes) {
          const slot = taken.shift();
          if (slot !== undefined) slots.giveBack(slot);
          continue;
        }
        const slot = slots.take();
        assert(!taken.includes(slot));
        assert(Number.isNaN(slots.rttSeconds[slot]));
        assert.deepEqual([slots.jitterSeconds[slot], slots.failures[slot], slots.misses[slot]], [0, 0, 0]);
        slots.rttSeconds[slot] = at;
        slots.jitterSeconds[slot] = at;
        slots.failures[slot] = at;
        slots.misses[slot] = at;
        taken.push(slot);
        for (const other of taken) assert.equal(slots.misses[other], slots.rttSeconds[other]);
      }
      assert(Math.max(...taken) < 400 + 150);
    }),
    { numRuns: 30 },
  );
});

test('a slot given back is the next one taken: slots do not grow with those who come and go', () => {
  const slots = new PeerSlots();
  for (let i = 0; i < 1000; i++) slots.giveBack(slots.take());
  assert.equal(slots.take(), 0);
});

test('the bytes of the pings of two peers are not the same memory', () => {
  const slots = new PeerSlots();
  const [a, b] = [slots.payload(slots.take()), slots.payload(slots.take())];
  assert.notEqual(a.buffer, b.buffer);
});

test('random bytes: each draw another, none twice from the pool, all of them filled', () => {
  const seen = new Set<string>();
  const counts = new Uint32Array(256);
  for (let i = 0; i < 3000; i++) {
    const bytes = new Uint8Array(32);
    fillWithRandomBytes(bytes);
    seen.add(Buffer.from(bytes).toString('hex'));
    for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  assert.equal(seen.size, 3000);
  // 96,000 bytes, 375 of each value on average; six standard deviations are 116.
  assert(counts.every((count) => count > 375 - 116 && count < 375 + 116));
  const odd = new Uint8Array(8191);
  fillWithRandomBytes(odd);
  assert(odd.slice(-64).some((byte) => byte !== 0));
});
