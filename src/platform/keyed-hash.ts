import { createHmac, hkdfSync } from 'node:crypto'

/** Turns a personal value into a stable token that cannot be turned back, nor guessed without the key. */
export type KeyedHash = (value: string) => string

/**
 * HMAC-SHA256, first 128 bits, base64url (22 characters), under a key derived (HKDF, RFC 5869) for `label`.
 *
 * The key comes from the *last* of `keys`, the oldest: rotation puts a new key in front, so hashes stay the same until
 * the old key is dropped. From that moment a user seen before and after counts as two, for one window (an hour) at most.
 */
export function createKeyedHash(keys: readonly Buffer[], label: string): KeyedHash {
  const oldest = keys.at(-1)
  if (oldest === undefined) throw new RangeError('a keyed hash needs at least one key')
  const key = deriveKey(oldest, label)
  return value => createHmac('sha256', key).update(value, 'utf8').digest().subarray(0, 16).toString('base64url')
}

/** 32 bytes for one purpose: knowing them tells nothing about the key or another purpose's bytes. */
export function deriveKey(key: Buffer, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'tocsin', label, 32))
}
