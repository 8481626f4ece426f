import { OAuthError } from '../oauth-error.ts'
import type { Issuing } from '../issuing.ts'
import { openidScopes, requestedScopes, type ScopeCatalogue } from '../scopes.ts'
import { requestedResources } from '../checks/resources.ts'
import type { GrantType } from './grant-type.ts'

export interface ClientCredentialsOptions {
  readonly issuing: Issuing
  readonly scopes: ScopeCatalogue
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
}

/** The client acts for itself (RFC 6749, section 4.4): an access token, no refresh token (section 4.4.3), nobody's ID token. */
export function clientCredentials({ issuing, scopes, audience: own }: ClientCredentialsOptions): GrantType {
  // There is no person whom OpenID scopes could tell of.
  const catalogue = Object.fromEntries(Object.entries(scopes).filter(([name]) => !Object.hasOwn(openidScopes, name)))
  return {
    name: 'client_credentials',
    answer: async ({ client, parameters, confirmation, exchange }) => {
      if (!client.isConfidential) {
        throw new OAuthError('unauthorized_client', 'Only a client that keeps a secret may act for itself.')
      }
      const granted = requestedScopes(client, parameters.get('scope'), catalogue)
      const audience = requestedResources(client, parameters, own)
      return issuing.forClient({ client, scopes: granted, audience, confirmation, exchange })
    },
  }
}
