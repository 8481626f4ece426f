import { accessToken } from '../authentication/access-token.ts'
import type { Authenticator } from '../core/authenticator.ts'
import type { Client, User } from '../core/identity.ts'
import type { OAuthTokenAuth } from '../oauth/access-tokens.ts'
import { addressesOf, issuerOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import { type BindingStores, tokenBindingOf } from './possession.ts'

export type AccessTokenWay = Authenticator<'oauth2', User | Client, OAuthTokenAuth>

/** The way in for the access tokens of the authorization server, at its own API. */
export function ownAccessToken(stores: BindingStores & Pick<Instance, 'oauth'>): AccessTokenWay {
  const { oauth, settings, clock, addresses = () => addressesOf(settings) } = stores
  const name = settings.audience ?? issuerOf(settings)
  return accessToken({
    ...oauth.access,
    ...tokenBindingOf(stores),
    audience: (request) => [name, ...addresses(request)],
    realm: settings.realm,
    clock,
  })
}
