import type { Exchange } from '../../http/exchange.ts'
import type { OAuthClient } from '../client.ts'
import type { ClientFinder } from '../client-finder.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/** What a request shows of a client, by one method. */
export interface ShownClient {
  /** The `client_id` that it names. */
  readonly id: string
  /** Tells whether the proof is that client's. `null` stands for one that does not exist: it takes as long. */
  readonly isProven: (client: OAuthClient | null) => Promise<boolean>
}

/** One way for a client to show who it is (RFC 6749, section 2.3). */
export interface ClientAuthentication {
  /** Reads what the request shows by this method, `null` where it shows nothing. Throws `OAuthError` where it is malformed. */
  readonly shown: (request: Exchange, parameters: OAuthParameters) => ShownClient | null
}

export interface AuthenticateClientOptions {
  readonly find: ClientFinder
  /** In the order in which they are looked for. */
  readonly methods: readonly ClientAuthentication[]
  /** Of the challenge (api). */
  readonly realm?: string
  /** Hears that a client which is there was not proven, for its owner. The answer is the same as for others (nothing). */
  readonly onRefused?: (client: OAuthClient, error: OAuthError) => void
}

/** Finds the client that a request is from. Throws `OAuthError` (`invalid_client`) for every one that is not proven, all alike. */
export type AuthenticateClient = (request: Exchange, parameters: OAuthParameters) => Promise<OAuthClient>

export function createAuthenticateClient({
  find,
  methods,
  realm = 'api',
  onRefused,
}: AuthenticateClientOptions): AuthenticateClient {
  return async (request, parameters) => {
    let only: ShownClient | null = null
    for (const method of methods) {
      const shown = method.shown(request, parameters)
      // RFC 6749, section 2.3: a client must not use more than one method in each request.
      if (shown !== null && only !== null)
        throw new OAuthError('invalid_request', 'The client shows who it is in more than one way.')
      only ??= shown
    }
    if (only === null) throw invalidClient(realm)
    const named = parameters.get('client_id')
    if (named !== null && named !== only.id) throw invalidClient(realm)
    const client = await find(only.id)
    const isProven = await only.isProven(client)
    if (client !== null && client.isActive && isProven) return client
    const refused = invalidClient(realm)
    if (client !== null) onRefused?.(client, refused)
    throw refused
  }
}

/** RFC 6749, section 5.2: 401, with a challenge of the scheme that clients use. */
export function invalidClient(realm = 'api'): OAuthError {
  return new OAuthError('invalid_client', 'The client could not be authenticated.', {
    headers: { 'www-authenticate': `Basic realm="${realm}", charset="UTF-8"` },
  })
}
