import { digest } from '../crypto/digest.ts'

/** What the rows of the audit log are bound to, so that whoever can write to the database alone cannot make them anew. */
export interface AuditKey {
  /** 32 bytes over the hash before a row and the row. */
  readonly hash: (before: Uint8Array, written: string) => Uint8Array
}

/**
 * HMAC-SHA-256 (RFC 2104) of two hashes in one go: a hash is made for every token that is issued, and Node's own takes six
 * times as long. Throws `RangeError` for a secret that is not of 32 bytes.
 */
export function createAuditKey(secret: Uint8Array): AuditKey {
  if (secret.byteLength !== 32) throw new RangeError('The key of the audit log has 32 bytes.')
  const inner = padded(secret, 0x36, blockSize + 8192)
  const outer = padded(secret, 0x5c, blockSize + 32)

  function innerHash(before: Uint8Array, written: string): Uint8Array {
    const from = blockSize + before.byteLength
    if (from + written.length * 3 > inner.byteLength) {
      return digest(Buffer.concat([inner.subarray(0, blockSize), before, Buffer.from(written)]))
    }
    inner.set(before, blockSize)
    return digest(inner.subarray(0, from + inner.write(written, from)))
  }

  return {
    hash: (before, written) => {
      outer.set(innerHash(before, written), blockSize)
      return digest(outer)
    },
  }
}

/** Of SHA-256, in bytes. */
const blockSize = 64

/** The block that goes before what is hashed, in a buffer with room for that. */
function padded(secret: Uint8Array, pad: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(size)
  for (let index = 0; index < blockSize; index += 1) buffer[index] = (secret[index] ?? 0) ^ pad
  return buffer
}
