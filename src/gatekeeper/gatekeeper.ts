import type { Authenticator } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Principal } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import { createJwtVerifier, JwtInvalid, type JwtClaims, type JwtVerifierOptions } from '../crypto/jwt.ts'
import { normalisePath } from '../http/path.ts'
import { identityTokenHeader, identityTokenType, pathHash } from './identity-token.ts'

/** What the gatekeeper let in, as `identity.auth`. */
export interface GatekeeperAuth {
  /** The authenticator at the gatekeeper that found who it is, such as `session`. */
  readonly via: string
  /** What the credential may do, at most; `null`: nothing narrows it. */
  readonly scopes: readonly string[] | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface GatekeeperOptions {
  /** Finds the gatekeeper's keys (required): `remoteKeys({ jwksUri: 'https://id.example.com/.well-known/doorward/jwks.json' })`. */
  readonly keys: JwtVerifierOptions['keys']
  /** The name of the gatekeeper's routes to this backend (required). What was signed for another backend is refused. */
  readonly audience: string
  /** Who signed: the gatekeeper's `issuer`, else its `publicUrl` (not checked: the keys are its own). */
  readonly issuer?: string
  /**
   * Whether method and path have to be those that the gatekeeper let in (true). `false` is for proxies that rewrite paths:
   * then the header of one request serves for every other until it expires.
   */
  readonly checkRequest?: boolean
  /** The header that carries it (doorward-identity). */
  readonly header?: string
  /** Seconds by which the gatekeeper's clock may differ (5). */
  readonly leeway?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Takes the signed header of the gatekeeper, in a backend behind it. Nothing that comes without a good signature counts, so
 * whoever reaches the backend past the proxy is a stranger. Throws `AuthenticationFailed` (`invalid_token`) for a header that
 * is forged, expired, or for another backend or request.
 */
export function gatekeeper(options: GatekeeperOptions): Authenticator<'gatekeeper', Principal, GatekeeperAuth> {
  const { keys, audience, issuer, checkRequest = true, header = identityTokenHeader, leeway = 5, clock } = options
  if (typeof audience !== 'string' || audience === '') {
    throw new TypeError('gatekeeper: audience must be the name of the gatekeeper route that leads to this backend.')
  }
  const name = header.toLowerCase()
  const verifier = createJwtVerifier({
    keys,
    audience,
    typ: [identityTokenType],
    required: ['exp', 'sub', 'kind', 'method', 'path_hash'],
    leeway,
    ...(issuer === undefined ? {} : { issuer }),
    ...(clock === undefined ? {} : { clock }),
  })

  return {
    name: 'gatekeeper',
    authenticate: async (request) => {
      const token = request.headers.get(name)
      if (token === null || token === '') return null
      const claims = await verifier.verify(token).catch((error: unknown) => {
        throw error instanceof JwtInvalid ? refused(error) : error
      })
      if (checkRequest && !isFor(claims, request)) throw refused('It was signed for another request.')
      const principal = principalOf(claims)
      if (principal === null) throw refused('It does not say who it is about.')
      return { principal, auth: authOf(claims) }
    },
  }
}

function refused(cause: unknown): AuthenticationFailed {
  return new AuthenticationFailed('invalid_token', undefined, { cause })
}

function isFor({ method, path_hash: hash }: JwtClaims, request: AuthRequest): boolean {
  const path = normalisePath(request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, ''))
  return path !== null && method === request.method && hash === pathHash(path)
}

function principalOf(claims: JwtClaims): Principal | null {
  const { sub: id = '', kind } = claims
  if (id === '') return null
  const name = textOf(claims['name']) ?? id
  if (kind === 'client') return { kind, id, name }
  if (kind === 'service_account') return { kind, id, name, ownerId: null, scopes: scopesIn(claims) ?? [] }
  if (kind !== 'user') return null
  const isStaff = claims['is_staff'] === true
  const isVerified = claims['email_verified'] === true
  return {
    kind,
    id,
    name,
    email: textOf(claims['email']),
    ...(isVerified ? { emailVerified: true } : {}),
    isStaff,
    isSuperuser: claims['is_superuser'] === true,
  }
}

function authOf(claims: JwtClaims): GatekeeperAuth {
  return { via: textOf(claims['via']) ?? '', scopes: scopesIn(claims), expiresAt: (claims.exp ?? 0) * 1000 }
}

function scopesIn({ scope }: JwtClaims): readonly string[] | null {
  if (scope === undefined) return null
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
