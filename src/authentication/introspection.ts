import type { Authenticator, Found } from '../core/authenticator.ts'
import { Unavailable } from '../core/errors.ts'
import type { Client, Principal, User } from '../core/identity.ts'
import { invalidToken } from '../http/bearer-token.ts'
import { createSafeFetch, type SafeFetch } from '../http/safe-fetch.ts'
import { createTokenBinding, isBound, type TokenBindingOptions } from '../http/token-binding.ts'
import { principalIn } from './claims-principal.ts'
import { createIntrospectionCache } from './introspection-cache.ts'
import { factsIn, type IntrospectedToken } from './introspection-facts.ts'

export type { IntrospectedToken } from './introspection-facts.ts'

export interface IntrospectionOptions<Via extends string, Who extends Principal> extends TokenBindingOptions {
  /** Where the authorization server is asked (required): `introspection_endpoint` of its metadata. */
  readonly endpoint: string
  /** What this API is called there, and its secret, sent by HTTP Basic (required). */
  readonly clientId: string
  readonly clientSecret: string
  /** Whom tokens must be for, or one of whom. `null` takes tokens for anyone, as where the server names nobody (required). */
  readonly audience: string | readonly string[] | null
  /** What `iss` must be, where the server names one (anyone). */
  readonly issuer?: string
  /** Becomes `identity.via` (introspection). */
  readonly name?: Via
  /** Tells tokens of that server by their shape; those of others are left to others (every bearer token is one). */
  readonly recognises?: (token: string) => boolean
  /** Who it is, by what the server says (`sub` and `username` of it). `null`: nobody who may come in. */
  readonly principal?: (token: IntrospectedToken) => Who | null
  /** How the server is asked (`createSafeFetch()`: https only, no special addresses, 5 seconds in all). */
  readonly fetch?: SafeFetch
  /** Seconds for which a token that is active is remembered, at most until it expires; 0: not at all (30). */
  readonly cacheFor?: number
  /** Seconds for which a token that is not is remembered (5). */
  readonly refusedFor?: number
  /** How many tokens are remembered at most (10,000). */
  readonly max?: number
  /** What the challenge calls the protected space (api). */
  readonly realm?: string
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** An access token of another server, as `identity.auth`. */
export interface IntrospectionAuth {
  /** `jti`. */
  readonly id: string | null
  /** The client that it was issued to; `null` where the server does not say. */
  readonly clientId: string | null
  readonly scopes: readonly string[]
  /** Milliseconds since 1970; `null`: the server does not say. */
  readonly expiresAt: number | null
  /** All that the server said, verified for type. */
  readonly token: IntrospectedToken
}

/**
 * Takes access tokens that only their authorization server can read, and asks it about them (RFC 7662). A revoked token is
 * let in for as long as answers are remembered, and no longer. Nothing is stored about who comes in.
 *
 * Throws `AuthenticationFailed` (`invalid_token`) for a token that is not active, for another audience, or of which the
 * server says nothing that can be read, or bound to what the caller does not prove to hold; `Unavailable` where the server is not to be reached, takes too long or refuses us.
 */
export function introspection<const Via extends string = 'introspection', Who extends Principal = User | Client>(
  options: IntrospectionOptions<Via, Who>,
): Authenticator<NoInfer<Via>, NoInfer<Who>, IntrospectionAuth> {
  const { name = 'introspection' as Via, recognises = () => true, realm, clock = Date.now } = options
  const binding = createTokenBinding(options, realm, clock)
  const principal = options.principal ?? ((token) => principalOf(token) as Who | null)
  const ask = createQuestion(options)
  const cache = createIntrospectionCache<Found<Who, IntrospectionAuth>>({ ...options, clock })

  async function found(token: string): Promise<Found<Who, IntrospectionAuth> | null> {
    const facts = factsIn(await ask(token), { ...options, now: clock() })
    const who = facts === null ? null : principal(facts)
    return facts === null || who === null ? null : Object.freeze({ principal: who, auth: authOf(facts) })
  }

  return {
    name,
    scheme: binding.schemes,
    authenticate: async (request) => {
      const sent = binding.tokenIn(request)
      if (sent === null || !recognises(sent.token)) return null
      const known = await cache.get(
        sent.token,
        async (text) => found(text),
        ({ auth }) => auth.expiresAt,
      )
      if (known === null) throw invalidToken()
      const { cnf } = known.auth.token
      if (isBound(sent, cnf)) await binding.check(request, sent, cnf)
      return known
    },
    challenge: () => binding.challenges,
  }
}

/** Makes the question (RFC 7662, section 2.1); the body of the answer. Throws `Unavailable` where there is none. */
function createQuestion({
  endpoint,
  clientId,
  clientSecret,
  fetch = createSafeFetch(),
}: Pick<IntrospectionOptions<string, Principal>, 'endpoint' | 'clientId' | 'clientSecret' | 'fetch'>): (
  token: string,
) => Promise<Uint8Array> {
  for (const [option, value] of Object.entries({ endpoint, clientId, clientSecret })) {
    if (typeof value !== 'string' || value === '') throw new TypeError(`introspection: ${option} must be a text.`)
  }
  if (!URL.canParse(endpoint)) throw new TypeError('introspection: endpoint must be a URL.')
  // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
  const headers = {
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  }

  return async (token) => {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
    const answer = await fetch(endpoint, { method: 'POST', headers, body }).catch((cause: unknown) => {
      throw new Unavailable({ cause })
    })
    if (answer.status === 200) return answer.body
    throw new Unavailable({ cause: new Error(`The introspection endpoint answered ${answer.status}.`) })
  }
}

/**
 * As in tokens that are JWTs: a user, or the client where it acts for itself, of which some servers tell neither `sub` nor
 * `username`. What the server says of rights counts for nothing here.
 */
function principalOf(token: IntrospectedToken): User | Client | null {
  const { sub, username, client_id: id } = token
  if (sub !== undefined || username !== undefined) return principalIn(token, { idClaim: 'sub', rights: false })
  return id === undefined || id === '' ? null : Object.freeze({ kind: 'client', id, name: id })
}

function authOf(token: IntrospectedToken): IntrospectionAuth {
  return Object.freeze({
    id: token.jti ?? null,
    clientId: token.client_id ?? null,
    scopes: Object.freeze((token.scope ?? '').split(' ').filter((one) => one !== '')),
    expiresAt: token.exp === undefined ? null : token.exp * 1000,
    token,
  })
}
