import type { KeyObject } from 'node:crypto'
import { constants, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto'
import { concatenationOf, derOf } from './ecdsa-signature.ts'
import { createAsciiHmac } from './hmac.ts'

/** Signature algorithms of RFC 7518, section 3.1, and RFC 8037, section 3.1 (with Ed25519). `none` is not among them. */
export type JwsAlgorithm = `${'HS' | 'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'EdDSA'

/** A key and the one algorithm it serves (RFC 8725, section 3.1). */
export interface JwsKey {
  readonly alg: JwsAlgorithm
  readonly kid?: string
  /** Secret for HS*, else public, or private where it is to sign. */
  readonly key: KeyObject
}

/** Tells whether this is the name, letter for letter, of an algorithm that is served. */
export function isJwsAlgorithm(name: string): name is JwsAlgorithm {
  return Object.hasOwn(algorithms, name)
}

/** Throws `TypeError`, saying what is needed instead, when a key does not fit its algorithm or is too weak. */
export function checkJwsKey(key: JwsKey): void {
  operationsOf(key)
}

/** What a key does with a signing input, which is ASCII. */
export interface Operations {
  readonly sign: (input: string) => Buffer
  readonly verify: (input: string, signature: Uint8Array) => boolean
}

/** The operations of a key, which is checked against its algorithm the first time. Throws as `checkJwsKey`. */
export function operationsOf(key: JwsKey): Operations {
  const known = prepared.get(key)
  if (known !== undefined) return known
  if (!isJwsAlgorithm(key.alg)) {
    throw new TypeError(`alg must be one of ${Object.keys(algorithms).join(', ')}.`)
  }
  const operations = algorithms[key.alg](key.key, key.alg)
  prepared.set(key, operations)
  return operations
}

const prepared = new WeakMap<JwsKey, Operations>()

const algorithms: Readonly<Record<JwsAlgorithm, (key: KeyObject, alg: string) => Operations>> = {
  HS256: (key, alg) => hmac(key, alg, 'sha256', 32),
  HS384: (key, alg) => hmac(key, alg, 'sha384', 48),
  HS512: (key, alg) => hmac(key, alg, 'sha512', 64),
  RS256: (key, alg) => rsa(key, alg, 'sha256'),
  RS384: (key, alg) => rsa(key, alg, 'sha384'),
  RS512: (key, alg) => rsa(key, alg, 'sha512'),
  PS256: (key, alg) => rsa(key, alg, 'sha256', pss(32)),
  PS384: (key, alg) => rsa(key, alg, 'sha384', pss(48)),
  PS512: (key, alg) => rsa(key, alg, 'sha512', pss(64)),
  ES256: (key, alg) => ecdsa(key, alg, 'sha256', 'prime256v1', 32),
  ES384: (key, alg) => ecdsa(key, alg, 'sha384', 'secp384r1', 48),
  ES512: (key, alg) => ecdsa(key, alg, 'sha512', 'secp521r1', 66),
  EdDSA: eddsa,
}

/** RFC 7518, section 3.2. Only a secret key will do, so that no public key can ever serve as one. */
function hmac(key: KeyObject, alg: string, hash: 'sha256' | 'sha384' | 'sha512', size: number): Operations {
  if (key.type !== 'secret') throw misfit(alg, 'a secret key, as createSecretKey makes one')
  if ((key.symmetricKeySize ?? 0) < size) throw misfit(alg, `a secret of at least ${size} random bytes`)
  const compute = createAsciiHmac(hash, key.export())
  return {
    sign: compute,
    verify: (input, signature) => signature.length === size && timingSafeEqual(compute(input), signature),
  }
}

type Padding = { readonly padding: number; readonly saltLength: number }

/** RFC 7518, section 3.5: the salt is as long as the hash. */
function pss(saltLength: number): Padding {
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
}

/** RFC 7518, sections 3.3 and 3.5: 2048 bits or more. Above 8192, verifying would be a way to keep the server busy. */
function rsa(key: KeyObject, alg: string, hash: string, padding?: Padding): Operations {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa') throw misfit(alg, 'an RSA key')
  if (modulusLength < 2048 || modulusLength > 8192) throw misfit(alg, 'an RSA key of 2048 to 8192 bits')
  if (publicExponent < 3n) throw misfit(alg, 'an RSA key whose public exponent is 3 or more (65537 is usual)')
  const publicKey = publicHalf(key)
  // The bare key means PKCS #1 v1.5; saying so in an object costs a third of a verification.
  const verifying = padding === undefined ? publicKey : { key: publicKey, ...padding }
  const signing = padding === undefined ? key : { key, ...padding }
  return {
    sign: signer(key, alg, (input) => sign(hash, input, signing)),
    verify: (input, signature) => verify(hash, Buffer.from(input, 'latin1'), verifying, signature),
  }
}

/** RFC 7518, section 3.4. */
function ecdsa(key: KeyObject, alg: string, hash: string, curve: string, size: number): Operations {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== curve) {
    throw misfit(alg, `an EC key on the curve ${curve}`)
  }
  const publicKey = publicHalf(key)
  return {
    sign: signer(key, alg, (input) => concatenationOf(sign(hash, input, key), size)),
    verify: (input, signature) => {
      const der = derOf(signature, size)
      return der !== null && verify(hash, Buffer.from(input, 'latin1'), publicKey, der)
    },
  }
}

/** RFC 8037, section 3.1, and RFC 8032. */
function eddsa(key: KeyObject, alg: string): Operations {
  if (key.asymmetricKeyType !== 'ed25519') throw misfit(alg, 'an Ed25519 key')
  const publicKey = publicHalf(key)
  return {
    sign: signer(key, alg, (input) => sign(null, input, key)),
    verify: (input, signature) =>
      signature.length === 64 && verify(null, Buffer.from(input, 'latin1'), publicKey, signature),
  }
}

function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

function signer(key: KeyObject, alg: string, make: (input: Buffer) => Buffer): (input: string) => Buffer {
  return (input) => {
    if (key.type !== 'private') throw misfit(alg, 'a private key to sign with')
    return make(Buffer.from(input, 'latin1'))
  }
}

function misfit(alg: string, needed: string): TypeError {
  return new TypeError(`A key for ${alg} must be ${needed}.`)
}
