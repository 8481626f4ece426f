import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type Configuration,
  fetchUserInfo,
  getJwksCache,
} from 'openid-client'
import { parseJws } from '../crypto/jws.ts'
import { checkIdToken } from './check-id-token.ts'
import { type Claims, type ForeignIdentity, textClaim } from './foreign-identity.ts'
import { checkMicrosoftTenant, isVerifiedByMicrosoft } from './microsoft-tenants.ts'
import { createOpenIdConfiguration, type OpenIdConfigurationOptions } from './openid-configuration.ts'
import { presets } from './presets.ts'
import type { Provider, ProviderAnswer } from './provider.ts'
import { ProviderRefused } from './provider-refused.ts'
import { challengeOf } from './code-challenge.ts'
import { failureOf } from './provider-exchange.ts'
import { refreshAtProvider } from './refresh-at-provider.ts'

export type OpenIdProviderOptions = OpenIdConfigurationOptions

/**
 * A provider that speaks OpenID Connect: the code flow with PKCE (S256), state and nonce (OpenID Connect Core 1.0, section 3.1),
 * the signature of each ID token checked, though it comes straight from the provider (section 3.1.3.7 would allow not to).
 */
export function createOpenIdProvider(options: OpenIdProviderOptions): Provider {
  const { settings, clock } = options
  const configuration = createOpenIdConfiguration(options)
  const { answersByForm, freshPrompt } = presets[settings.preset]

  async function identify(answer: ProviderAnswer): Promise<ForeignIdentity> {
    const config = await configuration.current()
    const { issuer } = config.serverMetadata()
    const url = new URL(answer.redirectUri)
    url.search = answer.parameters.toString()
    const tokens = await authorizationCodeGrant(config, url, {
      expectedState: answer.state,
      expectedNonce: answer.nonce,
      pkceCodeVerifier: answer.verifier,
      idTokenExpected: true,
    })
    const [claims, idToken] = [tokens.claims(), tokens.id_token]
    if (claims === undefined || idToken === undefined) throw new ProviderRefused()
    checkIdToken({ idToken, accessToken: tokens.access_token, claims, clientId: settings.clientId, now: clock() })
    if (settings.preset === 'microsoft') {
      checkMicrosoftTenant({ claims, issuer, tenants: settings.tenants, keyIssuer: keyIssuerOf(config, idToken) })
    }
    checkFresh(claims, answer.freshSince ?? null)
    const all = await withUserInfo(config, claims, tokens.access_token)
    const seconds = tokens.expiresIn()
    const email = textClaim(all, 'email')
    return {
      provider: settings.id,
      issuer: claims.iss,
      subject: claims.sub,
      email,
      emailVerified: email !== null && isVerified(all),
      name: textClaim(all, 'name') ?? appleNameOf(answer.parameters),
      handle: textClaim(all, 'preferred_username') ?? textClaim(all, 'nickname'),
      amr: Array.isArray(claims['amr']) ? claims['amr'].filter((one) => typeof one === 'string') : [],
      claims: all,
      tokens: {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? null,
        idToken,
        expiresAt: seconds === undefined ? null : Math.floor(clock()) + seconds * 1000,
        scope: tokens.scope ?? null,
      },
    }
  }

  /** Many tell more at their UserInfo endpoint (section 5.4). What the ID token says counts. */
  async function withUserInfo(config: Configuration, claims: Claims & { sub: string }, token: string): Promise<Claims> {
    const wanted = ['email', ...[...settings.rules, ...settings.allow].map(({ claim }) => claim.split('.')[0] ?? claim)]
    if (config.serverMetadata().userinfo_endpoint === undefined) return claims
    if (wanted.every((name) => claims[name] !== undefined)) return claims
    const told: Claims = await fetchUserInfo(config, token, claims.sub)
    // An address and the word on whether it is verified have to come from one place.
    const { email_verified: there, ...rest } = told
    const { email_verified: here, ...own } = claims
    const isTold = own['email'] === undefined
    const verified = isTold ? there : (here ?? (own['email'] === told['email'] ? there : undefined))
    return { ...rest, ...own, ...(verified === undefined ? {} : { email_verified: verified }) }
  }

  function isVerified(claims: Claims): boolean {
    if (settings.emailsAreVerified) return true
    if (settings.preset === 'microsoft') return isVerifiedByMicrosoft(claims)
    // Apple writes it as a text, at times.
    return claims['email_verified'] === true || (answersByForm && claims['email_verified'] === 'true')
  }

  return {
    settings,

    authorizationUrl: async ({ state, nonce, verifier, redirectUri, loginHint = null, isFresh = false }) => {
      const config = await configuration.current()
      return buildAuthorizationUrl(config, {
        ...settings.parameters,
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: challengeOf(verifier),
        code_challenge_method: 'S256',
        ...(answersByForm && { response_mode: 'form_post' }),
        ...(loginHint !== null && { login_hint: loginHint }),
        ...(isFresh && { max_age: '0', ...(freshPrompt !== null && { prompt: freshPrompt }) }),
      })
    },

    identify: async (answer) => {
      try {
        return await identify(answer)
      } catch (error) {
        throw failureOf(error, settings.name)
      }
    },

    refresh: async (refreshToken) => {
      const config = await configuration.current().catch((error: unknown) => {
        throw failureOf(error, settings.name)
      })
      return refreshAtProvider(config, refreshToken, { settings, clock })
    },

    check: async () => {
      await configuration.current()
    },

    signOutUrl: async (idToken, returnTo) => {
      const config = await configuration.current()
      if (config.serverMetadata().end_session_endpoint === undefined) return null
      // OpenID Connect RP-Initiated Logout 1.0, section 2.
      return buildEndSessionUrl(config, {
        post_logout_redirect_uri: returnTo,
        ...(idToken !== null && { id_token_hint: idToken }),
      })
    },
  }
}

/** Section 3.1.2.1: whoever asks for `max_age` is told `auth_time`. Some do not tell it, and have asked all the same. */
function checkFresh(claims: Claims, since: number | null): void {
  const at = claims['auth_time']
  if (since === null || typeof at !== 'number' || at * 1000 >= since - clockDifference) return
  throw new ProviderRefused('The provider did not ask you again who you are. Sign out there, and try once more.')
}

/** Apple tells the name beside the code, the first time alone, and does not sign it: it is good for showing. */
function appleNameOf(parameters: URLSearchParams): string | null {
  try {
    const { name } = JSON.parse(parameters.get('user') ?? '{}') as { name?: Record<string, unknown> }
    const words = [name?.['firstName'], name?.['lastName']].filter((word) => typeof word === 'string')
    return textClaim({ name: words.join(' ') }, 'name')
  } catch {
    return null
  }
}

function keyIssuerOf(config: Configuration, idToken: string): string | null {
  const kid = parseJws(idToken, { maxLength: 65_536 })?.header.kid
  const key = getJwksCache(config)?.jwks.keys.find((one) => one.kid === kid)
  const issuer: unknown = key === undefined ? undefined : (key as Record<string, unknown>)['issuer']
  return typeof issuer === 'string' ? issuer : null
}

/** In milliseconds. */
const clockDifference = 60_000
