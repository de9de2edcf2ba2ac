const POOL_BYTES = 8192;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** Fills with random bytes, drawn in bulk: a draw costs as much as a ping otherwise would. At most 8,192 at once. */
export function fillWithRandomBytes(bytes: Uint8Array): void {
  if (used + bytes.byteLength > POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  for (let i = 0; i < bytes.byteLength; i++) bytes[i] = pool[used++] ?? 0;
}
