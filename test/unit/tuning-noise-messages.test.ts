import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LengthPrefixedDecoder } from '@libp2p/utils';
import fc from 'fast-check';
import { Uint8ArrayList } from 'uint8arraylist';
import { NoiseMessages } from '../../src/node/tuning/noise-messages.ts';

/** The decoder of `@libp2p/noise`, as it sets it up. */
function theirs(): LengthPrefixedDecoder {
  return new LengthPrefixedDecoder({
    lengthDecoder: (data) => (data instanceof Uint8Array ? new Uint8ArrayList(data) : data).getUint16(0),
    encodingLength: () => 2,
    maxBufferSize: 16 * 2 ** 20,
  });
}

/** The messages, each after its length. */
function framed(messages: readonly Uint8Array[]): Buffer {
  const parts = messages.map((message) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.byteLength);
    return Buffer.concat([length, message]);
  });
  return Buffer.concat(parts);
}

const copied = (messages: Iterable<Uint8Array | Uint8ArrayList>): string[] =>
  Array.from(messages, (message) => Buffer.from(message.subarray()).toString('latin1'));

const lengths = fc.array(fc.oneof(fc.nat(64), fc.constantFrom(0, 1, 16, 4095, 4096, 4097, 9000)), { maxLength: 6 });
const cuts = fc.array(fc.tuple(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.nat(2000), fc.nat(70_000)), fc.boolean()), {
  minLength: 1,
  maxLength: 20,
});

test('however the bytes are cut, the messages are those of the decoder it stands in for', () => {
  fc.assert(
    fc.property(lengths, cuts, fc.nat(255), (sizes, pieces, seed) => {
      const messages = sizes.map((size, at) => new Uint8Array(size).map((_, i) => seed + at + i));
      const bytes = framed(messages);
      const [ours, other] = [new NoiseMessages(), theirs()];
      for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
        const [size = 1, asList = false] = pieces[turn % pieces.length] ?? [];
        const to = Math.min(bytes.byteLength, at + Math.max(1, size));
        const half = at + ((to - at) >> 1);
        const give = (): Uint8Array | Uint8ArrayList =>
          asList
            ? new Uint8ArrayList(bytes.slice(at, half), bytes.slice(half, to))
            : new Uint8Array(bytes.subarray(at, to));
        const [found, expected] = [copied(ours.decode(give())), copied(other.decode(give()))];
        assert.equal(found.length, expected.length);
        assert(found.every((message, i) => message === expected[i]));
        at = to;
      }
    }),
    { numRuns: 150 },
  );
});

test('it takes over what the decoder it stands in for had begun', () => {
  const bytes = framed([Buffer.from('one'), Buffer.from('two')]);
  for (let cut = 0; cut <= bytes.byteLength; cut++) {
    const before = theirs();
    const first = copied(before.decode(bytes.subarray(0, cut)));
    const { buffer } = before as unknown as { readonly buffer: Uint8ArrayList };
    const messages = new NoiseMessages(buffer.slice());
    const all = [...first, ...copied(messages.decode(bytes.subarray(cut)))];
    assert.deepEqual(all, copied([Buffer.from('one'), Buffer.from('two')]), `cut at ${cut}`);
  }
});

test('the longest message, cut at any of many places', () => {
  const bytes = framed([new Uint8Array(65_535).fill(7)]);
  for (let cut = 0; cut <= bytes.byteLength; cut += 997) {
    const messages = new NoiseMessages();
    assert.equal(messages.decode(bytes.subarray(0, cut)).length, 0);
    assert.deepEqual(messages.decode(bytes.subarray(cut))[0]?.byteLength, 65_535);
  }
});

test('the start of a message does not hold on to the read it came in', () => {
  const start = Uint8Array.of(0, 100, 1, 2, 3);
  const read = new Uint8Array(64 * 1024);
  const whole = framed([new Uint8Array(read.byteLength - start.byteLength - 2)]);
  read.set(whole);
  read.set(start, whole.byteLength);
  const messages = new NoiseMessages();
  assert.equal(messages.decode(read).length, 1);
  // Were it a view, this would change the message.
  read.fill(0xff, whole.byteLength);
  const [message] = messages.decode(new Uint8Array(97));
  assert.deepEqual([...(message ?? []).slice(0, 4)], [1, 2, 3, 0]);
  assert.equal(message?.byteLength, 100);
});

test('messages are plain arrays, and what comes after them is left as it is when one is changed', () => {
  const [one, two] = new NoiseMessages().decode(framed([Buffer.from('aaa'), Buffer.from('bbb')]));
  assert.equal(one?.constructor, Uint8Array);
  one?.fill(0);
  assert.equal(Buffer.from(two ?? []).toString(), 'bbb');
});
