import { type Configuration, refreshTokenGrant, ResponseBodyError } from 'openid-client'
import type { ForeignTokens } from './foreign-identity.ts'
import { failureOf } from './provider-exchange.ts'
import type { ProviderSettings } from './provider-settings.ts'

/**
 * Trades a refresh token for new tokens. `null` where the provider says that it is good for nothing any more (RFC 6749, section 5.2:
 * `invalid_grant`), which asking again would not change.
 */
export async function refreshAtProvider(
  config: Configuration,
  refreshToken: string,
  { settings, clock }: { readonly settings: Pick<ProviderSettings, 'name'>; readonly clock: () => number },
): Promise<ForeignTokens | null> {
  try {
    const given = await refreshTokenGrant(config, refreshToken)
    const seconds = given.expiresIn()
    return {
      accessToken: given.access_token,
      refreshToken: given.refresh_token ?? null,
      // It would say who signed in, and nobody has: the one of the sign-in stays.
      idToken: null,
      expiresAt: seconds === undefined ? null : Math.floor(clock()) + seconds * 1000,
      scope: given.scope ?? null,
    }
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return null
    throw failureOf(error, settings.name)
  }
}
