import { importPublicJwk, type Jwk, type SigningAlgorithm } from '../crypto/jwk.ts'
import { isJwsAlgorithm } from '../crypto/jws-key.ts'
import type { JwsHeader, JwsKey } from '../crypto/jws.ts'

/**
 * The one public key of a set that a header means, which is the caller's word and no more. Where several fit, nothing tells which is
 * meant. A header without `kid` gets the only key that serves its `alg`.
 */
export function keyIn(set: readonly Jwk[], { alg, kid }: Pick<JwsHeader, 'alg' | 'kid'>): JwsKey | null {
  if (!isPublicAlgorithm(alg)) return null
  const keys = keysFor(set, alg)
  const isNamed = kid !== undefined && keys.some((key) => key.kid === kid)
  const fitting = isNamed
    ? keys.filter((key) => key.kid === kid)
    : keys.filter((key) => kid === undefined || key.kid === undefined)
  const [key, another] = fitting
  return key === undefined || another !== undefined ? null : key
}

/** Whether it is one of a key pair: nobody can sign by what is published (RFC 8725, section 2.1). */
export function isPublicAlgorithm(alg: string): alg is SigningAlgorithm {
  return isJwsAlgorithm(alg) && !alg.startsWith('HS')
}

/** Read once for each set and algorithm: an RSA key serves several, and what is worked out for a key is kept with it. */
function keysFor(set: readonly Jwk[], alg: SigningAlgorithm): readonly JwsKey[] {
  const byAlgorithm = imported.get(set) ?? new Map<SigningAlgorithm, readonly JwsKey[]>()
  imported.set(set, byAlgorithm)
  const known = byAlgorithm.get(alg)
  if (known !== undefined) return known
  const keys = set.map((jwk) => importedOrNull(jwk, alg)).filter((key) => key !== null)
  byAlgorithm.set(alg, keys)
  return keys
}

const imported = new WeakMap<readonly Jwk[], Map<SigningAlgorithm, readonly JwsKey[]>>()

/** Keys of other kinds, and such as are not for signatures, are passed over (RFC 7517, section 5). */
function importedOrNull(jwk: Jwk, alg: SigningAlgorithm): JwsKey | null {
  try {
    return importPublicJwk(jwk, alg)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
