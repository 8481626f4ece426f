import { scopesOf, type Identity, type Principal } from '../core/identity.ts'
import { digest } from '../crypto/digest.ts'
import { signJws, type JwsKey } from '../crypto/jws.ts'

/** The header that carries the signed word of the gatekeeper. */
export const identityTokenHeader = 'doorward-identity'

/** Its `typ`: no other token is taken for one, nor one for another token (RFC 8725, section 3.11). */
export const identityTokenType = 'gk+jwt'

export interface IdentityTokenOptions {
  /** What signs now. */
  readonly key: () => JwsKey
  readonly issuer: string
  /** Seconds that it is good for (60). */
  readonly lifetime?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The request that the token is for. */
export interface TokenRequest {
  /** The name of the route: the audience. */
  readonly route: string
  readonly method: string
  /** As `normalisePath` gives it. */
  readonly path: string
}

/**
 * Makes the writer of the signed header: a JWT (RFC 7519) that says who was let in, to which backend, and for which method and
 * path. A backend that checks it need trust neither the network nor the proxy, and cannot use it at another one.
 */
export function createIdentityToken(options: IdentityTokenOptions): (identity: Identity, to: TokenRequest) => string {
  const { key, issuer, lifetime = 60, clock = Date.now } = options
  return ({ principal, via, auth }, { route, method, path }) => {
    const iat = Math.floor(clock() / 1000)
    const scopes = scopesOf({ principal, via, auth })
    return signJws(
      key(),
      { typ: identityTokenType },
      {
        iss: issuer,
        sub: principal.id,
        aud: route,
        iat,
        exp: iat + lifetime,
        kind: principal.kind,
        name: principal.name,
        via,
        method,
        path_hash: pathHash(path),
        ...(scopes === null ? {} : { scope: scopes.join(' ') }),
        ...rightsOf(principal),
      },
    )
  }
}

/** SHA-256 of a path, in base64url. */
export function pathHash(path: string): string {
  return digest(path).toString('base64url')
}

function rightsOf(principal: Principal): Readonly<Record<string, unknown>> {
  if (principal.kind !== 'user') return {}
  const { email = null, emailVerified = false, isStaff = false, isSuperuser = false } = principal
  return {
    ...(email === null ? {} : { email, email_verified: emailVerified }),
    ...(isStaff ? { is_staff: true } : {}),
    ...(isSuperuser ? { is_superuser: true } : {}),
  }
}
