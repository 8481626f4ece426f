import { createHmac, hash } from 'node:crypto'

/** SHA-256, 32 bytes. A text counts as its UTF-8 bytes. One-shot: an object for each call would cost a third more. */
export function digest(value: string | Uint8Array): Buffer {
  return hash('sha256', value, 'buffer')
}

/** HMAC-SHA-256, 32 bytes: for what is short-lived or easy to guess, where a bare digest could be searched for. */
export function keyedDigest(key: string | Uint8Array, value: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(value).digest()
}
