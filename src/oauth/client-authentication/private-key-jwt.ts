import { parseJsonObject } from '../../crypto/json-object.ts'
import { type JwsKey, parseJws, type ParsedJws, verifyJws } from '../../crypto/jws.ts'
import type { Consumed } from '../../storage/consumed.ts'
import type { OAuthClient } from '../client.ts'
import type { ClientKeys } from '../client-keys.ts'
import { OAuthError } from '../oauth-error.ts'
import { type ClientAuthentication, invalidClient } from './authenticate-client.ts'
import { decoyKey } from './decoy-keys.ts'

export interface PrivateKeyJwtOptions {
  readonly clientKeys: Pick<ClientKeys, 'find'>
  readonly consumed: Consumed
  /** What `aud` has to be. */
  readonly issuer: string
  /**
   * Addresses of endpoints that are taken as `aud`, too (none). RFC 7523 allowed them; since an attacker's server can have
   * its clients sign for the endpoint of another, they are not taken unless they are named here.
   */
  readonly endpointAudiences?: readonly string[]
  /** Seconds by which the client's clock may be ahead: 10 to 60 (30). */
  readonly leeway?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** The one `client_assertion_type` (RFC 7523, section 2.2). */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Seconds that an assertion may live. */
const longestLife = 300

/**
 * `private_key_jwt` (RFC 7523, section 3; OpenID Connect Core 1.0, section 9): the client signs who it is with a key whose
 * public half is registered. There is no such thing with a shared secret here (`client_secret_jwt`).
 */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthentication {
  const { clientKeys, consumed, issuer, endpointAudiences = [], leeway = 30, clock = Date.now } = options
  const audiences = new Set([issuer, ...endpointAudiences])

  /** Names the client before anything is verified: what it says then has to be signed by that client's key. */
  function read(text: string): Assertion {
    const jws = parseJws(text)
    const claims = jws === null ? null : parseJsonObject(jws.payload)
    const id = claims?.['sub']
    if (jws === null || claims === null || typeof id !== 'string' || id === '') throw invalidClient()
    return { jws, claims, id }
  }

  async function isProven(client: OAuthClient | null, { jws, claims }: Assertion): Promise<boolean> {
    const own = await keyOf(client, jws)
    // Who has no such client, or no such key, waits for a verification as well, and learns nothing by the time it takes.
    const key = own ?? decoyKey(jws.header.alg)
    const isSigned = key !== null && verifyJws(jws, key)
    if (client === null || own === null || !isSigned) return false
    const end = endOf(claims, client.id)
    if (end === null) return false
    // RFC 7523, section 3, item 7. Last of all: what is no good uses nothing up.
    return consumed.spend({ purpose: 'client assertion', value: [client.id, end.jti], expiresAt: end.expiresAt })
  }

  /** Keys of key pairs alone: neither `none` nor a secret verifies anything (RFC 8725, sections 3.1 and 3.2). */
  async function keyOf(client: OAuthClient | null, { header }: ParsedJws): Promise<JwsKey | null> {
    if (client?.authMethod !== 'private_key_jwt') return null
    const { tokenEndpointAuthSigningAlg: registered } = client.metadata
    if (registered !== undefined && header.alg !== registered) return null
    return clientKeys.find(client, header)
  }

  /** RFC 7523, section 3, items 1 to 6. `null` for claims that do not hold now. */
  function endOf(claims: Assertion['claims'], id: string): { readonly jti: string; readonly expiresAt: number } | null {
    const { iss, sub, aud, exp, nbf, iat, jti } = claims
    const now = clock() / 1000
    if (iss !== id || sub !== id) return null
    // One text and no list: what is for someone else as well could have been sent on by them.
    if (typeof aud !== 'string' || !audiences.has(aud)) return null
    if (typeof exp !== 'number' || !(exp > now) || exp > now + longestLife + leeway) return null
    if (!isPast(nbf, now) || !isPast(iat, now)) return null
    if (typeof iat === 'number' && exp - iat > longestLife) return null
    if (typeof jti !== 'string' || jti === '' || jti.length > 256) return null
    return { jti, expiresAt: exp * 1000 }
  }

  function isPast(time: unknown, now: number): boolean {
    return time === undefined || (typeof time === 'number' && time <= now + leeway)
  }

  return {
    shown: (_request, parameters) => {
      const text = parameters.get('client_assertion')
      const type = parameters.get('client_assertion_type')
      if (text === null && type === null) return null
      if (text === null) throw new OAuthError('invalid_request', 'The parameter client_assertion is missing.')
      if (type !== assertionType)
        throw new OAuthError('invalid_request', 'The client_assertion_type is not known here.')
      const assertion = read(text)
      return { id: assertion.id, isProven: async (client) => isProven(client, assertion) }
    },
  }
}

interface Assertion {
  readonly jws: ParsedJws
  readonly claims: Readonly<Record<string, unknown>>
  readonly id: string
}
