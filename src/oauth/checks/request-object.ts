import { parseJsonObject } from '../../crypto/json-object.ts'
import { type ParsedJws, parseJws, verifyJws } from '../../crypto/jws.ts'
import { createClaimsCheck, type JwtClaims } from '../../crypto/jwt-claims.ts'
import { JwtInvalid } from '../../crypto/jwt-invalid.ts'
import type { ClientKeys } from '../client-keys.ts'
import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { parametersWith } from './authorization-parameters.ts'

export interface RequestObjectOptions {
  readonly clientKeys: Pick<ClientKeys, 'find'>
  /** What `aud` has to name. */
  readonly issuer: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/**
 * Reads the authorization request of a client that it has signed as a JWT, and gives back the parameters in it: nothing
 * that was sent beside it counts (RFC 9101, section 6.3). Throws `OAuthError`: `invalid_request_object` for one that is not
 * good, `invalid_request` for one that names another.
 */
export type ReadRequestObject = (client: OAuthClient, jwt: string) => Promise<OAuthParameters>

export function createReadRequestObject(options: RequestObjectOptions): ReadRequestObject {
  const { clientKeys, issuer, clock = Date.now } = options

  return async (client, jwt) => {
    const jws = parseJws(jwt, { maxLength: longest })
    if (jws === null) throw refused('The request object is no signed JWT.')
    checkType(jws)
    await checkSignature(client, jws)
    const claims = parseJsonObject(jws.payload, true)
    if (claims === null) throw refused('The request object is malformed.')
    checkClaims(client, claims)
    // RFC 9101, section 4, and RFC 9126, section 2.1: neither may stand in it.
    if (Object.hasOwn(claims, 'request') || Object.hasOwn(claims, 'request_uri')) {
      throw new OAuthError('invalid_request', 'A request object must not hold request or request_uri.')
    }
    // RFC 9101, section 5: as the one that was sent beside it, which found the client.
    if (claims['client_id'] !== client.id)
      throw refused('The client_id of the request object is not that of the client.')
    return parametersWith(client.id, (name) => valuesOf(claims, name))
  }

  /** RFC 9101, section 10.8: what says that it is something else must not be taken for a request. */
  function checkType({ header: { typ = 'jwt' } }: ParsedJws): void {
    if (!types.has(typ.toLowerCase())) throw refused('The request object is a JWT of another type.')
  }

  /** RFC 9101, sections 6.2 and 10.2: signed, with what the client has registered, by a key of its own. */
  async function checkSignature(client: OAuthClient, jws: ParsedJws): Promise<void> {
    const registered = client.metadata.requestObjectSigningAlg
    if (registered !== undefined && jws.header.alg !== registered) {
      throw refused('The request object is signed with another algorithm than the client has registered.')
    }
    const key = await clientKeys.find(client, jws.header)
    if (key === null) throw refused('The request object is not signed with a key of the client.')
    if (!verifyJws(jws, key)) throw refused('The signature of the request object is not valid.')
  }

  function checkClaims({ id, metadata }: OAuthClient, claims: JwtClaims): void {
    const now = clock()
    try {
      createClaimsCheck({ issuer: id, audience: issuer, required: ['iss', 'aud', 'exp'], leeway })(claims, now)
    } catch (error) {
      if (!(error instanceof JwtInvalid)) throw error
      throw refused(error.message.replace('The token', 'The request object'))
    }
    const { sub, exp = 0, nbf } = claims
    // The leeway is for clocks that run fast. Nothing is taken after its end.
    if (now >= exp * 1000) throw refused('The request object has expired.')
    if (exp * 1000 > now + longestLife) throw refused('The request object lives longer than an hour.')
    // FAPI 2.0 Message Signing, section 5.3.1. RFC 9101 leaves `nbf` open, so only clients that sign every request have to say it.
    if (nbf === undefined && metadata.requireSignedRequestObject === true)
      throw refused('The request object lacks nbf.')
    if (nbf !== undefined && now >= nbf * 1000 + longestLife) throw refused('The nbf of the request object is too old.')
    if (nbf !== undefined && exp - nbf > longestLife / 1000) {
      throw refused('The request object lives longer than an hour.')
    }
    // RFC 9101, section 10.8: so that it is never taken for a client assertion, or one for it.
    if (sub === id) throw refused('The sub of a request object must not be the client.')
  }
}

/** Characters. */
const longest = 16_384

/** In lower case. Libraries write `JWT` where they are told nothing. */
const types = new Set(['oauth-authz-req+jwt', 'application/oauth-authz-req+jwt', 'jwt'])

/** Seconds by which the client's clock may be fast. */
const leeway = 10

/** Milliseconds. */
const longestLife = 3_600_000

/**
 * A parameter as claims have it: a text, a number such as `max_age`, or an object such as `claims`, which RFC 9101, section 4,
 * has as JSON; a list, where a parameter may come more than once.
 */
function valuesOf(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (value === undefined) return []
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).map((one) => {
    if (typeof one === 'string') return one
    if (typeof one === 'number') return String(one)
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) return JSON.stringify(one)
    throw refused('A parameter in the request object is of the wrong type.')
  })
}

function refused(description: string): OAuthError {
  return new OAuthError('invalid_request_object', description)
}
