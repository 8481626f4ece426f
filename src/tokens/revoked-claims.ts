import type { JwtClaims } from '../crypto/jwt.ts'
import { parseId, timeOfId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'

/** Tells from memory why a token of ours does not count any more, or `null`. */
export type RevokedClaims = (claims: JwtClaims) => 'token_not_valid' | null

/**
 * Checks verified claims against what is revoked: their user, family or very token. When a token was made is told to the
 * millisecond by its `jti`; `iat` has seconds only, and what was made in the second of a sign-out could be from before it.
 */
export function createRevokedClaims(revocations: Pick<Revocations, 'notBefore' | 'revoked'>): RevokedClaims {
  // Tokens that were seen before come with the same claims.
  const known = new WeakMap<JwtClaims, Ids>()
  return (claims) => {
    let ids = known.get(claims)
    if (ids === undefined) {
      ids = idsOf(claims)
      known.set(claims, ids)
    }
    const { user, family, token } = ids
    if (user === null || token === null) return 'token_not_valid'
    const notBefore = revocations.notBefore('user', user)
    if (notBefore !== undefined && timeOfId(token) < notBefore) return 'token_not_valid'
    if (family !== null && revocations.revoked('family', family)) return 'token_not_valid'
    return revocations.revoked('token', token) ? 'token_not_valid' : null
  }
}

interface Ids {
  readonly user: bigint | null
  readonly family: bigint | null
  readonly token: bigint | null
}

function idsOf({ sub, fam, jti }: JwtClaims): Ids {
  return { user: idIn(sub), family: idIn(fam), token: idIn(jti) }
}

/** The id in a claim; `null` where there is none. */
export function idIn(claim: unknown): bigint | null {
  return typeof claim === 'string' ? parseId(claim) : null
}
