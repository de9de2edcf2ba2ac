import { Buffer } from 'node:buffer';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { PrivateKey } from '@libp2p/interface';
import type { ICryptoInterface } from '@libp2p/noise';
import { defaultCrypto } from '@libp2p/noise/crypto';

const HKDF_BYTES = 96;
const EMPTY = new Uint8Array(0);

/**
 * Noise's own crypto, but a key is made into a key object once, and not each time it is used: a handshake uses its
 * ephemeral key twice, the remote's twice, and the static key is the same in every one.
 */
export function handshakeCrypto(): ICryptoInterface {
  const privateKeys = new WeakMap<object, KeyObject>();
  const publicKeys = new WeakMap<object, KeyObject>();
  return {
    ...defaultCrypto,
    generateX25519KeyPair() {
      const pair = generateKeyPairSync('x25519');
      const publicKey = bytes(pair.publicKey.export({ format: 'jwk' }).x);
      const privateKey = bytes(pair.privateKey.export({ format: 'jwk' }).d);
      privateKeys.set(privateKey, pair.privateKey);
      return { publicKey, privateKey };
    },
    generateX25519SharedKey(privateKey, publicKey) {
      const ours = remembered(privateKeys, privateKey, () => privateKeyObject(privateKey.subarray()));
      const theirs = remembered(publicKeys, publicKey, () => publicKeyObject(publicKey.subarray()));
      return diffieHellman({ privateKey: ours, publicKey: theirs });
    },
    getHKDF(chainingKey, inputKey) {
      const out = new Uint8Array(hkdfSync('sha256', inputKey, chainingKey, EMPTY, HKDF_BYTES));
      return [out.subarray(0, 32), out.subarray(32, 64), out.subarray(64)];
    },
  };
}

/**
 * Has an Ed25519 key keep the last signature it made: Noise signs the same static key in every handshake, and the
 * signature of the same bytes is the same.
 */
export function rememberSignature(key: PrivateKey): void {
  if (key.type !== 'Ed25519') return;
  const sign = key.sign.bind(key);
  let last: { readonly message: Uint8Array; readonly signature: Uint8Array } | undefined;
  key.sign = (message, options) => {
    const signed = message.subarray();
    if (last !== undefined && Buffer.compare(last.message, signed) === 0) return copy(last.signature);
    const signature = sign(signed, options);
    if (signature instanceof Uint8Array) last = { message: copy(signed), signature: copy(signature) };
    return signature;
  };
}

/** RFC 8410: what comes before the 32 bytes of an X25519 key in PKCS #8 and in SPKI. */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_X25519 = Buffer.from('302a300506032b656e032100', 'hex');

function privateKeyObject(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
}

function publicKeyObject(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_X25519, raw]), format: 'der', type: 'spki' });
}

function remembered(keys: WeakMap<object, KeyObject>, raw: object, make: () => KeyObject): KeyObject {
  const known = keys.get(raw);
  if (known !== undefined) return known;
  const made = make();
  keys.set(raw, made);
  return made;
}

function bytes(base64url: string | undefined): Uint8Array {
  return Buffer.from(base64url ?? '', 'base64url');
}

/** Not `slice`: that of a Buffer is no copy. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
