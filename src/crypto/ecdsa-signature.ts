/**
 * JWS writes an ECDSA signature as r and s, each as long as the curve's order (RFC 7518, section 3.4); OpenSSL writes
 * DER, `SEQUENCE { INTEGER r, INTEGER s }`. Node's own `ieee-p1363` mode does the same at twice the price of a signature.
 * Answers `null` for another length, and for r or s of zero (FIPS 186-5, section 6.4.2: both are from 1 on).
 */
export function derOf(signature: Uint8Array, size: number): Uint8Array | null {
  if (signature.length !== 2 * size) return null
  const r = firstNonZero(signature, 0, size)
  const s = firstNonZero(signature, size, 2 * size)
  if (r === size || s === 2 * size) return null
  const rLength = size - r + signBit(signature, r)
  const sLength = 2 * size - s + signBit(signature, s)
  const body = 2 + rLength + 2 + sLength
  const der = new Uint8Array((body > 127 ? 3 : 2) + body)
  let at = 0
  der[at++] = 0x30
  if (body > 127) der[at++] = 0x81
  der[at++] = body
  at = writeInteger(der, at, rLength, signature.subarray(r, size))
  writeInteger(der, at, sLength, signature.subarray(s))
  return der
}

/** The same the other way, for a signature that was just made. */
export function concatenationOf(der: Uint8Array, size: number): Buffer {
  const signature = Buffer.alloc(2 * size)
  const start = der[1] === 0x81 ? 3 : 2
  const next = readInteger(der, start, signature, size)
  readInteger(der, next, signature, 2 * size)
  return signature
}

function firstNonZero(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] === 0) at += 1
  return at
}

/** 1 where DER needs a zero in front, so that the integer is not negative. */
function signBit(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) >> 7
}

function writeInteger(der: Uint8Array, at: number, length: number, digits: Uint8Array): number {
  der[at] = 0x02
  der[at + 1] = length
  der.set(digits, at + 2 + length - digits.length)
  return at + 2 + length
}

/** Copies an integer so that it ends at `end`, and tells where the next one begins. */
function readInteger(der: Uint8Array, at: number, into: Uint8Array, end: number): number {
  const first = at + 2
  const next = first + (der[at + 1] as number)
  const digits = der.subarray(der[first] === 0 ? first + 1 : first, next)
  into.set(digits, end - digits.length)
  return next
}
