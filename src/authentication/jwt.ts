import type { Authenticator, Found } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Client, Principal, User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { JwtClaims, JwtVerifierOptions } from '../crypto/jwt.ts'
import { createJwtVerifier, JwtInvalid } from '../crypto/jwt.ts'
import { credentialIn, principalIn, type JwtAuth } from './claims-principal.ts'
import { createTokenBinding, isBound, type SentBearer, type TokenBindingOptions } from '../http/token-binding.ts'
import { createJwtKind } from './jwt-kind.ts'
import { createJwtTransport } from './jwt-transport.ts'
import { createRecent } from '../http/recent.ts'

export type { JwtAuth } from './claims-principal.ts'

/** Why a token that is valid is refused all the same. */
export type JwtRefusal = 'token_not_valid' | 'user_not_found' | 'user_inactive' | 'password_changed'

/** Verifies tokens. `createJwtVerifier` makes one. */
export interface JwtVerifying {
  /** The claims, frozen, of a token that is valid now. Rejects with `JwtInvalid` otherwise. */
  readonly verify: (token: string) => Promise<JwtClaims>
  /** The same claims object, where this very token was verified before and is still valid. */
  readonly remembered?: (token: string) => JwtClaims | null
}

interface GivenVerifier {
  /** What verifies the tokens. It is to check issuer and audience. */
  readonly verifier: JwtVerifying
  /** Whose tokens are ours; those of another `iss` are left to others (everybody's). */
  readonly issuer?: string
  readonly keys?: never
}

interface GivenKeys extends Omit<JwtVerifierOptions, 'issuer' | 'audience'> {
  /** Whose tokens are ours; those of another `iss` are left to others. `null` takes everybody's (required). */
  readonly issuer: string | null
  /** Whom they must be for, or one of whom. `null` takes tokens for anyone (required). */
  readonly audience: string | readonly string[] | null
  readonly verifier?: never
}

interface Common<Via extends string, Who extends Principal> extends TokenBindingOptions {
  /** Becomes `identity.via` (jwt). */
  readonly name?: Via
  /** Who it is, by the claims alone; made once for a token and shared by its requests (`sub`, `name`, `email` … of it). */
  readonly principal?: (claims: JwtClaims) => Who | null
  /**
   * Reads who it is from a store instead, once a request, so that a change counts at once (nothing is read). Gives `null`
   * where they are gone, or the reason why they may not come in.
   */
  readonly load?: (claims: JwtClaims) => Promise<Who | JwtRefusal | null>
  /**
   * Whether `is_staff`, `is_superuser` and `permissions` in a token count (false). Only for an issuer that may decide about
   * rights here, such as a Doorward of one's own: at others, people may fill claims themselves.
   */
  readonly rights?: boolean
  /** The claim that identifies the user; `user_id` in tokens of SimpleJWT (sub). */
  readonly idClaim?: string
  /** Tells, from memory, why a token no longer counts, or `null`. Asked at each request (all count until they expire). */
  readonly isRevoked?: (claims: JwtClaims) => JwtRefusal | null
  /** Values of the claim `token_type` that are taken; `sliding` may be one of them (access). */
  readonly tokenTypes?: readonly string[]
  /**
   * Takes tokens that say neither by `token_type` nor by `typ: at+jwt` (RFC 9068, section 2.1) what they are for (false). Some
   * providers write such; their ID tokens look alike then, and only the audience tells them apart.
   */
  readonly untyped?: boolean
  /** Tells one's own among the tokens of the issuer, by their looks; the others are left to others (all are). */
  readonly recognises?: (token: string) => boolean
  /** Schemes before the token; the first one is offered (Bearer). */
  readonly schemes?: readonly string[]
  /** The header that holds it, written as `Authorization` is (authorization). */
  readonly header?: string
  /** Takes tokens from an HttpOnly cookie too (none). */
  readonly cookie?: JwtCookieOptions
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

export interface JwtCookieOptions {
  /** Such as `access_token`. */
  readonly name: string
  /** Checks requests with an unsafe method. `false` leaves them open to forgery by other sites but for `SameSite`. */
  readonly csrf: { readonly check: (request: AuthRequest, sessionId: string) => Promise<void> } | false
  /** What CSRF tokens are bound to: the same for all tokens of one sign-in (`sid`, else `sub`). */
  readonly sessionOf?: (claims: JwtClaims) => string
}

export type JwtOptions<Via extends string, Who extends Principal> = Common<Via, Who> & (GivenVerifier | GivenKeys)

/**
 * Takes JSON Web Tokens that say they are access tokens. By default nothing is read from a store; a token that was seen
 * before costs a hash and two look-ups. Under `Bearer`, what is no JWT or is from another issuer is left to others.
 *
 * Throws `AuthenticationFailed`: `bad_authorization_header`; `token_not_valid` for a token that is malformed, expired, of
 * another type or wrongly signed; and what `load` and `isRevoked` say. In a cookie, a token that is no good makes nobody,
 * as a dead session does: the browser sends it along to the sign-in page too, which has to work.
 *
 * In a list, what it yields is told by its options alone (`NoInfer`), or it would be the `string` that lists take.
 */
export function jwt<const Via extends string = 'jwt', Who extends Principal = User | Client>(
  options: JwtOptions<Via, Who>,
): Authenticator<NoInfer<Via>, NoInfer<Who>, JwtAuth> {
  const { name = 'jwt' as Via, schemes = ['Bearer'], header = 'authorization', cookie, realm = 'api' } = options
  const { load, isRevoked, tokenTypes = ['access'], untyped = false, idClaim = 'sub', rights = false } = options
  const { recognises = () => true } = options
  const principal = options.principal ?? ((claims) => principalIn(claims, { idClaim, rights }) as Who | null)
  const [first] = schemes
  if (first === undefined) throw new TypeError('jwt: schemes must have at least one entry, such as Bearer.')
  const verifier = verifierOf(options)
  const issuer = options.issuer ?? null
  const read = createJwtTransport({ schemes, header: header.toLowerCase(), cookie: cookie?.name ?? null })
  const kind = createJwtKind({ issuer, tokenTypes, untyped })
  const built = createRecent<JwtClaims, Found<Who, JwtAuth>>(10_000)
  const binding = createTokenBinding(options, realm, options.clock)
  const [bearerOffer, ...otherOffers] = binding.challenges
  const offer = { ...bearerOffer, scheme: first }
  const offers = otherOffers.length === 0 ? offer : [offer, ...otherOffers]
  const readScheme = sharedScheme(schemes) ?? first

  return {
    name,
    ...(header.toLowerCase() === 'authorization'
      ? { scheme: otherOffers.length === 0 ? readScheme : [readScheme, 'DPoP'] }
      : {}),
    authenticate: async (request) => {
      const sent = read(request)
      if (sent === null) return foundByKey(request)
      if (sent.by === 'cookie') return foundByCookie(request, sent.token)
      const known = recalled(sent.token)
      // The way of most requests: nothing to wait for.
      if (known !== undefined && load === undefined && isFree(known) && revocationOf(known) === null) return known
      const found = await foundBy(sent.token, known)
      if (found === null && sent.by === 'own') throw notValid('The token is not one of this API.', tokenTypes)
      return held(request, { token: sent.token, scheme: 'Bearer' }, found)
    },
    challenge: () => offers,
  }

  /** RFC 9449, section 7.1. */
  async function foundByKey(request: AuthRequest): Promise<Found<Who, JwtAuth> | null> {
    const token = binding.keyBoundIn(request)
    if (token === null) return null
    return held(request, { token, scheme: 'DPoP' }, await foundBy(token, recalled(token)))
  }

  /** What a token is bound to has to be proven, whoever issued it. */
  async function held(
    request: AuthRequest,
    sent: SentBearer,
    found: Found<Who, JwtAuth> | null,
  ): Promise<Found<Who, JwtAuth> | null> {
    const confirmation = found?.auth.claims['cnf']
    if (found !== null && isBound(sent, confirmation)) await binding.check(request, sent, confirmation)
    return found
  }

  async function foundByCookie(request: AuthRequest, token: string): Promise<Found<Who, JwtAuth> | null> {
    const found = await foundBy(token, recalled(token)).catch((error: unknown) => {
      if (error instanceof AuthenticationFailed) return null
      throw error
    })
    // A browser proves nothing that a token could be bound to.
    if (found === null || !isFree(found)) return null
    if (cookie === undefined || cookie.csrf === false) return found
    await cookie.csrf.check(request, (cookie.sessionOf ?? sessionIn)(found.auth.claims))
    return found
  }

  /** `null`: not one of ours. What may change while a token lives is asked each time. */
  async function foundBy(token: string, known: Found<Who, JwtAuth> | undefined): Promise<Found<Who, JwtAuth> | null> {
    const found = known ?? (await verified(token))
    if (found === null) return null
    const revoked = revocationOf(found)
    if (revoked !== null) throw refused(revoked, tokenTypes)
    if (load === undefined) return found
    const who = (await load(found.auth.claims)) ?? 'user_not_found'
    if (typeof who === 'string') throw refused(who, tokenTypes)
    return { principal: who, auth: found.auth }
  }

  function revocationOf({ auth }: Found<Who, JwtAuth>): JwtRefusal | null {
    return isRevoked?.(auth.claims) ?? null
  }

  function recalled(token: string): Found<Who, JwtAuth> | undefined {
    const claims = verifier.remembered?.(token) ?? null
    return claims === null ? undefined : built.get(claims)
  }

  async function verified(token: string): Promise<Found<Who, JwtAuth> | null> {
    if (!recognises(token) || !kind.mayBeOurs(token)) return null
    const claims = await claimsOf(token)
    if (claims === null) return null
    const problem = kind.typeProblem(token, claims)
    if (problem !== null) throw notValid(problem, tokenTypes)
    const who = principal(claims)
    if (who === null) throw notValid('The token does not say whom it is for.', tokenTypes)
    const found = Object.freeze({ principal: who, auth: credentialIn(claims) })
    if (verifier.remembered?.(token) === claims) built.set(claims, found)
    return found
  }

  /** Only once a token turns out to be no good is it worth finding out whether that is for us to say. */
  async function claimsOf(token: string): Promise<JwtClaims | null> {
    try {
      const claims = await verifier.verify(token)
      return issuer === null || claims.iss === issuer ? claims : null
    } catch (error) {
      if (!(error instanceof JwtInvalid)) throw error
      if (kind.isOfAnother(token)) return null
      throw notValid(kind.typeProblem(token) ?? error.message, tokenTypes, error)
    }
  }
}

function verifierOf<Via extends string, Who extends Principal>(options: JwtOptions<Via, Who>): JwtVerifying {
  if (options.verifier !== undefined) return options.verifier
  const { issuer, audience, ...rest } = options
  if (typeof options.keys !== 'function' || issuer === undefined || audience === undefined) {
    throw new TypeError(
      'jwt: give a verifier, or keys with the issuer and the audience that tokens must name; null takes any of them.',
    )
  }
  return createJwtVerifier({
    ...rest,
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  })
}

/** Whether whoever shows the token may use it (RFC 6750, section 1.2). */
function isFree({ auth }: { readonly auth: JwtAuth }): boolean {
  return !isBound({ scheme: 'Bearer' }, auth.claims['cnf'])
}

/** The chain refuses what nobody takes on under this scheme. Under the others, this authenticator does. */
function sharedScheme(schemes: readonly string[]): string | undefined {
  return schemes.find((scheme) => scheme.toLowerCase() === 'bearer')
}

/** A sign-in lasts while its tokens come and go, so what a CSRF token is bound to must last too. */
function sessionIn({ sid, sub }: JwtClaims): string {
  return typeof sid === 'string' ? sid : (sub ?? '')
}

function refused(code: JwtRefusal, tokenTypes: readonly string[]): AuthenticationFailed {
  if (code === 'token_not_valid') return notValid('The token was revoked.', tokenTypes)
  return new AuthenticationFailed(code, undefined, { challenge: { error: 'invalid_token' } })
}

/** The body is that of SimpleJWT, with a message for each type that would have been taken. */
function notValid(message: string, tokenTypes: readonly string[], cause?: unknown): AuthenticationFailed {
  const messages = tokenTypes.map((type) => {
    return { token_class: `${type.slice(0, 1).toUpperCase()}${type.slice(1)}Token`, token_type: type, message }
  })
  return new AuthenticationFailed('token_not_valid', message, {
    challenge: { error: 'invalid_token' },
    body: { messages },
    ...(cause === undefined ? {} : { cause }),
  })
}
