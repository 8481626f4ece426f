import type { JsonWebKey as NodeJwk } from 'node:crypto'
import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPair, hash, KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { decodeBase64url } from './base64url.ts'
import type { JwsAlgorithm, JwsKey } from './jws-key.ts'
import { checkJwsKey, isJwsAlgorithm } from './jws-key.ts'

/** A JSON Web Key (RFC 7517, section 4). */
export interface Jwk {
  readonly kty?: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly [name: string]: unknown
}

/** The algorithms that sign with a key pair. */
export type SigningAlgorithm = Exclude<JwsAlgorithm, `HS${string}`>

export interface SigningKey {
  readonly alg: SigningAlgorithm
  /** The thumbprint (RFC 7638): the same wherever the key comes from. */
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** With `kid`, `alg` and `use`; without anything private. */
  readonly publicJwk: Jwk
}

export interface GenerateSigningKeyOptions {
  /** Bits of an RSA key, 2048 to 8192 (2048). */
  readonly modulusLength?: number
}

/** Makes a key pair to sign with. RSA takes some 100 ms, off the event loop. Throws `TypeError` for other algorithms. */
export async function generateSigningKey(
  alg: SigningAlgorithm,
  { modulusLength = 2048 }: GenerateSigningKeyOptions = {},
): Promise<SigningKey> {
  const { privateKey } = await generatePair(alg, modulusLength)
  const publicKey = createPublicKey(privateKey)
  const publicJwk = exportPublicJwk(publicKey, alg)
  return { alg, kid: thumbprint(publicJwk), privateKey, publicKey, publicJwk }
}

/** The public half of a key as a JWK with `kid`, `alg` and `use`: what a JWK set publishes. Throws for a secret key. */
export function exportPublicJwk(key: KeyObject, alg: SigningAlgorithm): Jwk {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  if (publicKey.type !== 'public') throw new TypeError('A secret key has no public half.')
  const { kty, ...members } = publicKey.export({ format: 'jwk' }) as Jwk
  const jwk = { kty, ...members } as Jwk
  return { ...jwk, kid: thumbprint(jwk), alg, use: 'sig' }
}

/**
 * Reads a public key of someone else's, such as a member of their JWK set. The algorithm is what its `alg` says, else
 * `alg`, else the one that its curve allows. Throws `TypeError` when it is private, not for signatures, too weak, or when
 * nothing tells the algorithm.
 */
export function importPublicJwk(jwk: Jwk, alg?: SigningAlgorithm): JwsKey {
  const { kty, kid, use, key_ops: operations } = jwk
  const leaked = privateMember(jwk)
  if (leaked !== undefined) {
    throw new TypeError(
      `A public JWK may not hold ${leaked}. That key is no longer secret: replace it, and publish only its public half.`,
    )
  }
  if (use !== undefined && use !== 'sig') throw new TypeError('The JWK is not for signatures: its use must be sig.')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    throw new TypeError('The JWK is not for verifying: its key_ops must hold verify.')
  }
  if (jwk.alg !== undefined && alg !== undefined && jwk.alg !== alg) throw new TypeError(`The JWK is not for ${alg}.`)
  const wanted = jwk.alg === undefined ? (alg ?? onlyAlgorithm(jwk)) : jwk.alg
  if (wanted === undefined || !isSigningAlgorithm(wanted)) {
    throw new TypeError(
      `The alg of a JWK of type ${String(kty)} must be the name of a signature algorithm, such as RS256.`,
    )
  }
  return named(wanted, readJwk(jwk, createPublicKey), kid)
}

/** The first member of a JWK that has to stay secret; `undefined` where it is a public one. */
export function privateMember(jwk: Jwk): string | undefined {
  return privateMembers.find((name) => Object.hasOwn(jwk, name))
}

export interface ImportKeyOptions {
  readonly alg: JwsAlgorithm
  /**
   * PEM (private, public or a certificate), a JWK, or a key object. For HS*: the secret, as a text that counts as its UTF-8
   * bytes, as bytes, or as a JWK of type `oct`.
   */
  readonly key: string | Uint8Array | Jwk | KeyObject
  /** The name by which tokens refer to it (that of a JWK, else none). */
  readonly kid?: string
}

/** Reads a key from the settings. Throws `TypeError`, saying what is needed instead, never showing the key. */
export function importKey({ alg, key, kid }: ImportKeyOptions): JwsKey {
  if (!isJwsAlgorithm(alg))
    throw new TypeError('alg must be the name of a signature algorithm, such as EdDSA, ES256, RS256 or HS256.')
  const read = alg.startsWith('HS') ? readSecret(alg, key) : readPair(alg, key)
  const own = kid ?? (isJwk(key) ? key.kid : undefined)
  if (isJwk(key) && key.alg !== undefined && key.alg !== alg) throw new TypeError(`The JWK is not for ${alg}.`)
  return named(alg, read, own)
}

/** The thumbprint of a key: SHA-256 over its necessary members in the order of their names (RFC 7638, section 3). */
export function thumbprint(jwk: Jwk): string {
  const members = Object.hasOwn(necessary, jwk.kty ?? '') ? necessary[jwk.kty as keyof typeof necessary] : null
  if (members === null || members.some((name) => typeof jwk[name] !== 'string')) {
    throw new TypeError('Only a whole JWK of type EC, OKP, RSA or oct has a thumbprint.')
  }
  return hash('sha256', JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]]))), 'base64url')
}

/** RFC 7638, section 3.2, and RFC 8037, section 2. */
const necessary = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
  oct: ['k', 'kty'],
} as const

/** RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

/** The one algorithm that a curve serves (RFC 7518, section 3.4, and RFC 8037, section 3.1). */
const algorithmOf = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512', Ed25519: 'EdDSA' } as const

const generate = promisify(generateKeyPair)

async function generatePair(alg: SigningAlgorithm, modulusLength: number): Promise<{ privateKey: KeyObject }> {
  if (alg === 'EdDSA') return generate('ed25519')
  const curve = Object.entries(algorithmOf).find(([, served]) => served === alg)?.[0]
  if (curve !== undefined) return generate('ec', { namedCurve: curve })
  if (!isSigningAlgorithm(alg))
    throw new TypeError('alg must be an algorithm with a key pair, such as EdDSA, ES256 or RS256.')
  if (!(modulusLength >= 2048 && modulusLength <= 8192))
    throw new TypeError('modulusLength must be from 2048 to 8192 bits.')
  return generate('rsa', { modulusLength })
}

function isSigningAlgorithm(alg: string): alg is SigningAlgorithm {
  return typeof alg === 'string' && isJwsAlgorithm(alg) && !alg.startsWith('HS')
}

function onlyAlgorithm({ crv }: Jwk): SigningAlgorithm | undefined {
  if (typeof crv !== 'string' || !Object.hasOwn(algorithmOf, crv)) return undefined
  return algorithmOf[crv as keyof typeof algorithmOf]
}

function named(alg: JwsAlgorithm, key: KeyObject, kid: unknown): JwsKey {
  if (kid !== undefined && typeof kid !== 'string') throw new TypeError('The kid of a key must be a text.')
  const imported = kid === undefined ? { alg, key } : { alg, kid, key }
  checkJwsKey(imported)
  return imported
}

function readSecret(alg: JwsAlgorithm, key: ImportKeyOptions['key']): KeyObject {
  if (key instanceof KeyObject) return key
  if (typeof key === 'string' || key instanceof Uint8Array) {
    const bytes = Buffer.from(key as string)
    if (bytes.includes('-----BEGIN')) {
      throw new TypeError(
        `The secret for ${alg} looks like a PEM key. A key pair needs an algorithm such as RS256 or ES256.`,
      )
    }
    return createSecretKey(bytes)
  }
  const secret = key?.kty === 'oct' && typeof key['k'] === 'string' ? decodeBase64url(key['k']) : null
  if (secret === null) throw new TypeError(`A JWK for ${alg} must be of type oct, with its secret as k in base64url.`)
  return createSecretKey(secret)
}

function readPair(alg: JwsAlgorithm, key: ImportKeyOptions['key']): KeyObject {
  if (key instanceof KeyObject) return key
  if (isJwk(key)) return readJwk(key, Object.hasOwn(key, 'd') ? createPrivateKey : createPublicKey)
  const pem = typeof key === 'string' ? key : Buffer.from(key).toString('latin1')
  try {
    return pem.includes('PRIVATE KEY-----') ? createPrivateKey(pem) : createPublicKey(pem)
  } catch {
    throw new TypeError(
      `The key for ${alg} cannot be read. It must be PEM ("-----BEGIN PRIVATE KEY-----", line breaks included, without a password) or a JWK.`,
    )
  }
}

function readJwk(jwk: Jwk, create: (input: { key: NodeJwk; format: 'jwk' }) => KeyObject): KeyObject {
  try {
    return create({ key: jwk, format: 'jwk' })
  } catch {
    throw new TypeError('The JWK cannot be read: a member is missing or not valid for its kty.')
  }
}

function isJwk(key: ImportKeyOptions['key']): key is Jwk {
  return typeof key === 'object' && key !== null && !(key instanceof KeyObject) && !(key instanceof Uint8Array)
}
