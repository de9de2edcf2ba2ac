import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { proposal } from '../../src/node/tuning/stream-opening.ts';

const HEADER = '\x13/multistream/1.0.0\n';
const PING = '\x11/ipfs/ping/1.0.0\n';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('the proposal in the first bytes of a stream', () => {
  test('is read when it is whole, with or without data after it', () => {
    for (const data of ['', 'x', 'anything\n', '\x00'.repeat(32)]) {
      const read = proposal(bytes(HEADER + PING + data));
      assert.equal(read?.protocol, '/ipfs/ping/1.0.0');
      assert.deepEqual(Buffer.from(read.bytes), Buffer.from(bytes(HEADER + PING)));
    }
  });

  test('is read wherever it lies in a larger buffer', () => {
    const whole = Buffer.from(`....${HEADER}${PING}....`, 'latin1');
    assert.equal(proposal(whole.subarray(4))?.protocol, '/ipfs/ping/1.0.0');
    assert.equal(proposal(new Uint8Array(whole).subarray(4, -4))?.protocol, '/ipfs/ping/1.0.0');
  });

  test('is not read when any part of it is still to come', () => {
    const whole = bytes(HEADER + PING);
    for (let to = 0; to < whole.byteLength; to++) assert.equal(proposal(whole.subarray(0, to)), undefined, `${to}`);
  });

  const others = {
    'a name longer than 127 bytes, its length of two bytes': `\x80\x01${'p'.repeat(127)}\n`,
    'a length of two bytes for a short name': '\x91\x00/ipfs/ping/1.0.0\n',
    'no line feed at its end': PING.replace('\n', ' '),
    'an empty line': '\x01\n',
    'a length of nothing': '\x00\n',
  };
  for (const [what, text] of Object.entries(others)) {
    test(`is not read: ${what}`, () => {
      assert.equal(proposal(bytes(HEADER + text)), undefined);
      assert.equal(proposal(bytes(`${HEADER}${text}${'\n'.repeat(200)}`)), undefined);
    });
  }

  test('is not read without its header, or with another', () => {
    assert.equal(proposal(bytes(PING + PING + PING)), undefined);
    assert.equal(proposal(bytes(HEADER.replace('1.0.0', '1.0.1') + PING)), undefined);
  });

  test('never throws, and never says more than was there', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    const begun = anything.map((rest) => Uint8Array.of(...bytes(HEADER), ...rest));
    fc.assert(
      fc.property(fc.oneof(anything, begun), (data) => {
        const read = proposal(data);
        if (read === undefined) return;
        assert.deepEqual(Buffer.from(read.bytes), Buffer.from(data.subarray(0, read.bytes.byteLength)));
        assert.equal(read.bytes.at(-1), 0x0a);
        assert(read.bytes.byteLength <= data.byteLength);
      }),
    );
  });
});
