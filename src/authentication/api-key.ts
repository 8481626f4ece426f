import type { Authenticator, Found } from '../core/authenticator.ts'
import { AuthenticationFailed, RequestRefused } from '../core/errors.ts'
import type { Principal } from '../core/identity.ts'
import { peerAddress, type AuthRequest, type ClientAddress } from '../core/request.ts'
import { credentialOf } from '../http/authorization.ts'
import { trimBlanks } from '../http/trim-blanks.ts'
import { bearerToken, invalidToken } from './bearer.ts'

/** An API key, as `identity.auth`: what permissions, throttles and the audit go by. Never the key itself. */
export interface ApiKeyAuth {
  readonly id: string
  readonly name: string
  /** What it may do, at most. A key without scopes may do nothing that asks for one. */
  readonly scopes: readonly string[]
  readonly mode: 'live' | 'test'
  /** Its own rate, such as `100/min`; `null` takes that of the server. */
  readonly rate: string | null
  /** Milliseconds since 1970; `null`: it does not expire. */
  readonly expiresAt: number | null
}

export interface ApiKeyOptions<Who extends Principal, Auth extends ApiKeyAuth> {
  readonly keys: {
    /** Tells keys by their shape alone: a prefix, a length, a checksum. */
    readonly recognises: (text: string) => boolean
    /**
     * Finds whom a key is for: `null` where it is unknown, wrong, expired, revoked or disabled, not for this address, or its
     * owner inactive. It may throw `AuthenticationFailed` instead, with the reason as its cause; the answer is the same.
     */
    readonly find: (
      text: string,
      from: { readonly address: string | null; readonly request: AuthRequest },
    ) => Promise<Found<Who, Auth> | null>
  }
  /** The header of its own (x-api-key). */
  readonly header?: string
  /** How the caller's address is found (the peer's). Behind a proxy, `forwardedFor({ trusted })`. */
  readonly address?: ClientAddress
  /**
   * Refuses keys that were not sent over https, for anyone on the way may have read them (false). `true` goes by the scheme
   * of the request's URL, and refuses where it names none; behind a proxy, give a function that tells.
   */
  readonly requireHttps?: boolean | ((request: AuthRequest) => boolean)
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
}

/**
 * Takes API keys as `X-Api-Key: …`, `Authorization: Api-Key …` or `Authorization: Bearer …`. The first two are for keys only;
 * under `Bearer`, keys are told by their shape and everything else is left to others.
 *
 * Throws `AuthenticationFailed` (`invalid_token`) for every key that is no good, one answer for all reasons, and
 * `RequestRefused` (`invalid_request`) for two different keys, or one that did not come by https where it has to.
 */
export function apiKey<Who extends Principal, Auth extends ApiKeyAuth>({
  keys,
  header = 'x-api-key',
  address = peerAddress,
  requireHttps = false,
  realm = 'api',
}: ApiKeyOptions<Who, Auth>): Authenticator<'apiKey', Who, Auth> {
  const name = header.toLowerCase()
  if (!/^[!#$%&'*+.^`|~0-9a-z-]+$/.test(name)) {
    throw new TypeError('apiKey: header must be the name of a header, such as x-api-key, without underscores.')
  }
  const cameSafely = typeof requireHttps === 'function' ? requireHttps : requireHttps ? isHttps : () => true
  const challenge = { scheme: 'Api-Key', params: { realm } }

  return {
    name: 'apiKey',
    // A key under Bearer that is misspelt has no shape, and is still not to pass for nothing.
    scheme: 'Bearer',
    authenticate: async (request) => {
      const key = keyOf(request)
      if (key === null) return null
      if (!cameSafely(request)) throw new RequestRefused('invalid_request', 'API keys are taken over https only.')
      const found = keys.recognises(key) ? await find(key, request) : null
      if (found === null) throw invalidToken()
      return found
    },
    challenge: () => challenge,
  }

  function keyOf(request: AuthRequest): string | null {
    const own = keyInHeader(request, name)
    const authorized = credentialOf(request, 'Api-Key') ?? keyUnderBearer(request)
    if (own !== null && authorized !== null && own !== authorized) {
      throw new RequestRefused('invalid_request', 'The request carries two different API keys.')
    }
    return own ?? authorized
  }

  function keyUnderBearer(request: AuthRequest): string | null {
    const token = bearerToken(request)
    return token !== null && keys.recognises(token) ? token : null
  }

  /** A store that says why in its own words or code is not to give the reason away. */
  async function find(key: string, request: AuthRequest): Promise<Found<Who, Auth> | null> {
    try {
      return await keys.find(key, { address: address(request), request })
    } catch (error) {
      throw error instanceof AuthenticationFailed ? invalidToken(error.cause ?? error) : error
    }
  }
}

/** A header that was sent twice arrives joined by a comma, and no key holds one. */
function keyInHeader(request: AuthRequest, name: string): string | null {
  const key = trimBlanks(request.headers.get(name) ?? '')
  if (key.includes(',')) throw new RequestRefused('invalid_request', `The header ${name} was sent more than once.`)
  return key === '' ? null : key
}

function isHttps(request: AuthRequest): boolean {
  return /^https:/i.test(request.url)
}
