import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { digest } from './digest.ts'
import { drawBytes } from './random.ts'

export interface SealerOptions {
  /** What all keys are derived from: at least 32 characters, random (required). */
  readonly secret: string
  /** Secrets from before, newest first: what was sealed under them still opens (none). */
  readonly previousSecrets?: readonly string[]
}

/** Keeps values unreadable and unchangeable at rest. A value sealed for one purpose does not open for another. */
export interface Sealer {
  /** Seals under the current secret. A purpose is a name fixed in the program, such as `signing key`. */
  readonly seal: (purpose: string, plain: Uint8Array) => Uint8Array
  /** Opens what was sealed under the current or a previous secret: `null` for anything else, whatever is wrong with it. */
  readonly open: (purpose: string, sealed: Uint8Array) => Uint8Array | null
  /** A key of 32 bytes for other uses, such as an HMAC, from the current secret. */
  readonly derive: (purpose: string) => Uint8Array
  /** The same key from each secret, current first: for checking what was made under a previous one. */
  readonly deriveEach: (purpose: string) => readonly Uint8Array[]
}

/**
 * AES-256-GCM (NIST SP 800-38D) under keys that HKDF-SHA-256 (RFC 5869) makes of the secret, one for each purpose.
 * Sealed: version (1 byte), key id (4), nonce (12), ciphertext, tag (16); the purpose, version and key id are authenticated
 * with it. Nonces are random, which is safe for four thousand million values a purpose and secret.
 * Throws `TypeError` for a secret that is too short.
 */
export function createSealer({ secret, previousSecrets = [] }: SealerOptions): Sealer {
  const current = openSecret(secret, 'DOORWARD_SECRET')
  const all = [current, ...previousSecrets.map((previous) => openSecret(previous, 'A previous DOORWARD_SECRET'))]
  return {
    seal: (purpose, plain) => encrypt(current.sealingKey(purpose), current.head, purpose, plain),
    open: (purpose, sealed) => {
      for (const one of all) {
        if (!startsWith(sealed, one.head)) continue
        const plain = decrypt(one.sealingKey(purpose), one.head, purpose, sealed)
        if (plain !== null) return plain
      }
      return null
    },
    derive: (purpose) => expand(current.text, `doorward derive\0${purpose}`),
    deriveEach: (purpose) => all.map((one) => expand(one.text, `doorward derive\0${purpose}`)),
  }
}

/**
 * Seals under a key that is itself a secret of at least 128 bits, such as a token: whoever holds the database alone cannot
 * open it. Throws `RangeError` for a key of less than 16 bytes.
 */
export function sealUnder(key: string | Uint8Array, purpose: string, plain: string | Uint8Array): Uint8Array {
  return encrypt(keyUnder(key, purpose), underHead, purpose, plain)
}

/** Opens what `sealUnder` sealed under the same key for the same purpose: `null` for anything else. */
export function openUnder(key: string | Uint8Array, purpose: string, sealed: Uint8Array): Uint8Array | null {
  if (!startsWith(sealed, underHead) || Buffer.byteLength(key) < leastKeySize) return null
  return decrypt(keyUnder(key, purpose), underHead, purpose, sealed)
}

const nonceSize = 12
const tagSize = 16
const leastKeySize = 16

/** The first byte tells how the rest is to be read: 1 is under the secret, with a key id; 2 is under a key that is given. */
const underSecret = 1
const underHead = Uint8Array.of(2)

interface Secret {
  readonly text: string
  /** Version and key id: how what it sealed begins. */
  readonly head: Uint8Array
  readonly sealingKey: (purpose: string) => KeyObject
}

function openSecret(text: string, name: string): Secret {
  if (typeof text !== 'string' || text.length < 32) {
    throw new TypeError(
      `${name} must have at least 32 characters. Make one with \`openssl rand -base64 32\` and keep it: without it, what it sealed is lost.`,
    )
  }
  const keys = new Map<string, KeyObject>()
  return {
    text,
    head: Uint8Array.of(underSecret, ...expand(text, 'doorward key id', 4)),
    sealingKey: (purpose) => {
      let key = keys.get(purpose)
      if (key === undefined) {
        key = createSecretKey(expand(text, `doorward seal\0${purpose}`))
        if (keys.size < 256) keys.set(purpose, key)
      }
      return key
    },
  }
}

/**
 * A key that is a secret already needs no strengthening: one hash of it and what it is for (NIST SP 800-56C, section 4.1,
 * option 1) takes an eighth of HKDF's time, and this is done for every refresh. Its length says where the purpose begins.
 */
function keyUnder(key: string | Uint8Array, purpose: string): KeyObject {
  const size = Buffer.byteLength(key)
  if (size < leastKeySize) throw new RangeError('A key to seal under must have at least 16 bytes.')
  const fixed = `doorward seal under\0${size}\0${purpose}`
  return createSecretKey(
    digest(
      typeof key === 'string'
        ? `${firstOfOne}${key}${fixed}`
        : Buffer.concat([Buffer.from(firstOfOne), key, Buffer.from(fixed)]),
    ),
  )
}

/** The counter in front: one block is all that is needed. */
const firstOfOne = '\0\0\0\u0001'

function expand(secret: string | Uint8Array, info: string, size = 32): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', info, size))
}

/** The key comes as an object: Node looks at bytes for far longer than the encryption takes. */
function encrypt(key: KeyObject, head: Uint8Array, purpose: string, plain: string | Uint8Array): Uint8Array {
  const nonce = drawBytes(nonceSize)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagSize })
  cipher.setAAD(Buffer.concat([head, Buffer.from(purpose)]))
  const encrypted = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
  cipher.final()
  return Buffer.concat([head, nonce, encrypted, cipher.getAuthTag()])
}

function decrypt(key: KeyObject, head: Uint8Array, purpose: string, sealed: Uint8Array): Uint8Array | null {
  const body = sealed.subarray(head.length)
  if (body.length < nonceSize + tagSize) return null
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceSize), { authTagLength: tagSize })
  decipher.setAAD(Buffer.concat([head, Buffer.from(purpose)]))
  decipher.setAuthTag(body.subarray(body.length - tagSize))
  const plain = decipher.update(body.subarray(nonceSize, body.length - tagSize))
  try {
    decipher.final()
  } catch {
    return null
  }
  return plain
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte)
}
