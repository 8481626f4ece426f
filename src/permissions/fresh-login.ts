import { AuthenticationFailed } from '../core/errors.ts'
import { isFreshProof } from '../core/fresh-proof.ts'
import { permission, type Permission } from '../core/permission.ts'

export interface FreshLoginOptions {
  /** For how many seconds a sign-in is fresh (600). */
  readonly within?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * The person proved who they are a short while ago: for what a session left open must not be able to do. Otherwise a 401
 * asks for a newer sign-in (RFC 9470, section 3). A credential without a sign-in, such as an API key, is never fresh.
 */
export function freshLogin({ within = 600, clock = Date.now }: FreshLoginOptions = {}): Permission {
  if (!(within > 0)) throw new TypeError('freshLogin: within must be a number of seconds above 0.')
  return permission({ name: `freshLogin({ within: ${within} })` }, async ({ identity }) => {
    if (identity === null) return false
    if (isFreshProof(identity.auth ?? {}, { now: clock(), within })) return true
    throw new AuthenticationFailed('insufficient_user_authentication', undefined, {
      challenge: { error: 'insufficient_user_authentication', max_age: String(within) },
    })
  })
}
