import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto'
import { importPublicJwk, type Jwk, type SigningAlgorithm } from '../../crypto/jwk.ts'
import { isJwsAlgorithm } from '../../crypto/jws-key.ts'
import type { JwsKey } from '../../crypto/jws.ts'

/**
 * Keys that nobody has the private half of. What is signed with no key of ours is verified by one of these all the same, so
 * that a client that does not exist takes as long to refuse as one whose signature is wrong. `null` for what is no algorithm
 * of key pairs: nothing is verified then, for whoever it may be.
 */
export function decoyKey(alg: string): JwsKey | null {
  if (!isJwsAlgorithm(alg) || alg.startsWith('HS')) return null
  const known = made.get(alg)
  if (known !== undefined) return known
  const key = importPublicJwk(publicJwk(alg), alg as SigningAlgorithm)
  made.set(alg, key)
  return key
}

const made = new Map<string, JwsKey>()

function publicJwk(alg: string): Jwk {
  const curve = curves[alg]
  if (curve !== undefined) return curveJwk(...curve)
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const modulus = randomBytes(256)
  // Of full length, and odd: made of no primes that anybody knows, which verifying does not notice.
  modulus[0] = (modulus[0] ?? 0) | 0x80
  modulus[255] = (modulus[255] ?? 0) | 1
  return { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' }
}

const curves: Readonly<Record<string, readonly [name: string, crv: string]>> = {
  ES256: ['prime256v1', 'P-256'],
  ES384: ['secp384r1', 'P-384'],
  ES512: ['secp521r1', 'P-521'],
}

/** A point on the curve, whose private half is forgotten at once. */
function curveJwk(name: string, crv: string): Jwk {
  const point = createECDH(name).generateKeys().subarray(1)
  const half = point.byteLength / 2
  return {
    kty: 'EC',
    crv,
    x: point.subarray(0, half).toString('base64url'),
    y: point.subarray(half).toString('base64url'),
  }
}
