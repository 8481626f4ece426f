import { createHmac, createSecretKey, hash } from 'node:crypto'

/** SHA-256, 32 bytes. A text counts as its UTF-8 bytes. */
export function digest(value: string | Uint8Array): Buffer {
  // One-shot and by way of a text: the same straight to a `Buffer` takes 1.8 µs instead of 0.6, by an object 2.3.
  return Buffer.from(hash('sha256', value, 'binary'), 'latin1')
}

/** HMAC-SHA-256, 32 bytes: for what is short-lived or easy to guess, where a bare digest could be searched for. */
export function keyedDigest(key: string | Uint8Array, value: string | Uint8Array): Buffer {
  // By way of a key object: Node takes 7 µs to find that bytes are none.
  return createHmac('sha256', typeof key === 'string' ? key : createSecretKey(key))
    .update(value)
    .digest()
}
