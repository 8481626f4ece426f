import type { OAuthClient } from '../client.ts'
import type { ClientFinder } from '../client-finder.ts'
import type { IdTokenHint, IdTokens } from '../id-tokens.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/** A request to sign out that holds what it has to (OpenID Connect RP-Initiated Logout 1.0, section 2). */
export interface LogoutRequest {
  /** Who asks, `null` where nobody says so. */
  readonly client: OAuthClient | null
  /** Whom it signed in, `null` where there is no telling: then the person is asked. */
  readonly hint: IdTokenHint | null
  /** Where to go afterwards, with `state`; `null`: nowhere. */
  readonly returnTo: string | null
}

export interface LogoutRequestCheckOptions {
  readonly idTokens: Pick<IdTokens, 'readHint'>
  readonly findClient: ClientFinder
}

/**
 * Checks a request to sign out. Throws `OAuthError` (`invalid_request`): for a client that is not known, one that is not the
 * one of the hint, and an address that is not registered for it, letter by letter (section 3). Nobody is sent there then.
 */
export function createLogoutRequestCheck({
  idTokens,
  findClient,
}: LogoutRequestCheckOptions): (parameters: OAuthParameters) => Promise<LogoutRequest> {
  async function clientNamed(id: string | null): Promise<OAuthClient | null> {
    if (id === null) return null
    const client = await findClient(id)
    if (client?.isActive !== true) throw new OAuthError('invalid_request', 'There is no application of this client_id.')
    return client
  }

  return async (parameters) => {
    const named = await clientNamed(parameters.get('client_id'))
    const text = parameters.get('id_token_hint')
    const hint = text === null ? null : await idTokens.readHint(text)
    if (named !== null && hint !== null && named.key !== hint.client.key) {
      throw new OAuthError('invalid_request', 'The id_token_hint is of another application than the client_id.')
    }
    const client = named ?? hint?.client ?? null
    const uri = parameters.get('post_logout_redirect_uri')
    if (uri === null) return { client, hint, returnTo: null }
    if (client?.metadata.postLogoutRedirectUris?.includes(uri) !== true) {
      throw new OAuthError('invalid_request', 'The post_logout_redirect_uri is not registered for the application.')
    }
    return { client, hint, returnTo: withState(uri, parameters.get('state')) }
  }
}

function withState(uri: string, state: string | null): string {
  if (state === null) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
}
