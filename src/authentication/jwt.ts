import type { Authenticator, Found } from '../core/authenticator.ts'
import { AuthenticationFailed } from '../core/errors.ts'
import type { Client, Principal, User } from '../core/identity.ts'
import type { AuthRequest } from '../core/request.ts'
import type { JwtClaims } from '../crypto/jwt.ts'
import { createJwtVerifier, JwtInvalid } from '../crypto/jwt.ts'
import { credentialIn, principalIn, type JwtAuth } from './claims-principal.ts'
import { createTokenBinding, isBound, type SentBearer } from '../http/token-binding.ts'
import { createJwtKind } from './jwt-kind.ts'
import { createJwtTransport } from './jwt-transport.ts'
import { createRecent } from '../http/recent.ts'
import type { JwtOptions, JwtVerifying } from './jwt-options.ts'
import { type JwtRefusal, notValid, refused } from './jwt-refusal.ts'

export type { JwtAuth } from './claims-principal.ts'
export type { JwtRefusal } from './jwt-refusal.ts'

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
