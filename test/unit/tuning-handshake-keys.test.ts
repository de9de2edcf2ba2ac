import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { defaultCrypto } from '@libp2p/noise/crypto';
import fc from 'fast-check';
import { Uint8ArrayList } from 'uint8arraylist';
import { handshakeCrypto, rememberSignature } from '../../src/node/tuning/handshake-keys.ts';

const crypto = handshakeCrypto();
const same = (a: Uint8Array | Uint8ArrayList, b: Uint8Array | Uint8ArrayList): void =>
  assert(Buffer.from(a.subarray()).equals(Buffer.from(b.subarray())));

describe('the crypto of a handshake', () => {
  test("its pairs and Noise's own agree on every shared key, also when asked again", () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [crypto.generateX25519KeyPair(), defaultCrypto.generateX25519KeyPair()];
      assert.equal(a.publicKey.byteLength, 32);
      assert.equal(a.privateKey.byteLength, 32);
      const expected = defaultCrypto.generateX25519SharedKey(b.privateKey, a.publicKey);
      for (const maker of [crypto, crypto, defaultCrypto]) {
        same(maker.generateX25519SharedKey(a.privateKey, b.publicKey), expected);
        same(maker.generateX25519SharedKey(b.privateKey, a.publicKey), expected);
      }
    }
  });

  test('keys in lists, as they come off the wire, and from a seed', () => {
    const seed = randomBytes(32);
    const [ours, theirs] = [crypto.generateX25519KeyPairFromSeed(seed), defaultCrypto.generateX25519KeyPair()];
    same(ours.publicKey, defaultCrypto.generateX25519KeyPairFromSeed(seed).publicKey);
    const list = new Uint8ArrayList(theirs.publicKey.subarray(0, 7), theirs.publicKey.subarray(7));
    const shared = defaultCrypto.generateX25519SharedKey(theirs.privateKey, ours.publicKey);
    same(crypto.generateX25519SharedKey(ours.privateKey, list), shared);
    same(crypto.generateX25519SharedKey(ours.privateKey, list), shared);
  });

  test('a public key that gives no secret is refused, as by Noise', () => {
    const { privateKey } = crypto.generateX25519KeyPair();
    assert.throws(() => defaultCrypto.generateX25519SharedKey(privateKey, new Uint8Array(32)));
    assert.throws(() => crypto.generateX25519SharedKey(privateKey, new Uint8Array(32)));
  });

  test("derives the keys of Noise's own, from no input key too", () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const input = fc.oneof(key, fc.constant(new Uint8Array(0)));
    fc.assert(
      fc.property(key, input, (chainingKey, inputKey) => {
        const expected = defaultCrypto.getHKDF(chainingKey, inputKey);
        const derived = crypto.getHKDF(chainingKey, inputKey);
        assert.equal(derived.length, 3);
        for (const [at, part] of derived.entries()) same(part, expected[at] ?? new Uint8Array(0));
      }),
    );
  });
});

describe('the signature that is remembered', () => {
  test('is that of the message, whatever was signed before', async () => {
    const [plain, remembering] = [await generateKeyPair('Ed25519'), await generateKeyPair('Ed25519')];
    const { publicKey } = remembering;
    rememberSignature(remembering);
    const messages = ['a', 'a', 'b', 'a', '', '', 'ab'].map((text) => Buffer.from(text));
    for (const message of messages) {
      for (const form of [message, new Uint8Array(message), new Uint8ArrayList(message)]) {
        const signature = await remembering.sign(form);
        assert(await publicKey.verify(message, signature));
        assert(!(await plain.publicKey.verify(message, signature)));
      }
    }
  });

  test('is not the one of a buffer that has changed since', async () => {
    const key = await generateKeyPair('Ed25519');
    rememberSignature(key);
    const message = Buffer.from('before');
    await key.sign(message);
    message.write('after.');
    assert(await key.publicKey.verify(message, await key.sign(message)));
  });

  test('is a copy: who changes one harms no other', async () => {
    const key = await generateKeyPair('Ed25519');
    rememberSignature(key);
    const message = Buffer.from('message');
    for (let round = 0; round < 3; round++) {
      const signature = await key.sign(message);
      assert(await key.publicKey.verify(message, signature), `round ${round}`);
      signature.fill(0);
    }
  });

  test('is not kept for keys of other kinds', async () => {
    const key = await generateKeyPair('secp256k1');
    const { sign } = key;
    rememberSignature(key);
    assert.equal(key.sign, sign);
  });
});
