import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  allowInsecureRequests,
  ClientSecretPost,
  Configuration,
  customFetch,
} from 'openid-client'
import type { SafeFetch } from '../http/safe-fetch.ts'
import { type Claims, type ForeignIdentity, textClaim } from './foreign-identity.ts'
import { githubErrors } from './github-errors.ts'
import { outboundFetch } from './outbound-fetch.ts'
import type { Provider, ProviderAnswer } from './provider.ts'
import { challengeOf } from './code-challenge.ts'
import { failureOf } from './provider-exchange.ts'
import { refreshAtProvider } from './refresh-at-provider.ts'
import { ProviderRefused, ProviderUnavailable } from './provider-refused.ts'
import type { ProviderSettings } from './provider-settings.ts'

export interface GithubProviderOptions {
  readonly settings: ProviderSettings
  /** How GitHub is asked. */
  readonly fetch: SafeFetch
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * GitHub, and GitHub Enterprise Server by its issuer: OAuth 2.0 with PKCE and `iss`, and then its API says who it is. The
 * account is known by its number; login and address are what its owner makes them. The one address that counts is the
 * primary one, where GitHub has verified it.
 */
export function createGithubProvider({ settings, fetch, clock }: GithubProviderOptions): Provider {
  const { issuer, clientId, clientSecret, name } = settings
  const api = apiOf(new URL(issuer))
  const server = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/access_token`,
  }
  const config = new Configuration(server, clientId, {}, ClientSecretPost(clientSecret ?? ''))
  config[customFetch] = githubErrors(outboundFetch(fetch))
  config.timeout = 10
  if (issuer.startsWith('http:')) allowInsecureRequests(config)

  async function ask(path: string, token: string): Promise<unknown> {
    const { status, body } = await fetch(`${api}${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'Doorward',
        'x-github-api-version': '2022-11-28',
      },
    })
    if (status >= 500) throw new ProviderUnavailable(name)
    if (status !== 200) throw new ProviderRefused(undefined, new Error(`${path} was answered with ${status}.`))
    return JSON.parse(Buffer.from(body).toString('utf8'))
  }

  async function identify(answer: ProviderAnswer): Promise<ForeignIdentity> {
    const url = new URL(answer.redirectUri)
    url.search = answer.parameters.toString()
    const tokens = await authorizationCodeGrant(config, url, {
      expectedState: answer.state,
      pkceCodeVerifier: answer.verifier,
    })
    const user = await ask('/user', tokens.access_token)
    if (!isObject(user) || !Number.isSafeInteger(user['id'])) throw new ProviderRefused()
    const addresses = await ask('/user/emails', tokens.access_token)
    const email = primaryAddress(addresses)
    const seconds = tokens.expiresIn()
    return {
      provider: settings.id,
      issuer,
      subject: String(user['id']),
      email,
      emailVerified: email !== null,
      name: textClaim(user, 'name'),
      handle: textClaim(user, 'login'),
      amr: [],
      claims: { ...user, email, email_verified: email !== null },
      tokens: {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token ?? null,
        idToken: null,
        expiresAt: seconds === undefined ? null : Math.floor(clock()) + seconds * 1000,
        scope: tokens.scope ?? null,
      },
    }
  }

  return {
    settings,
    authorizationUrl: async ({ state, verifier, redirectUri, loginHint = null, isFresh = false }) =>
      buildAuthorizationUrl(config, {
        ...settings.parameters,
        redirect_uri: redirectUri,
        scope: settings.scopes.join(' '),
        state,
        code_challenge: challengeOf(verifier),
        code_challenge_method: 'S256',
        ...(loginHint !== null && { login: loginHint }),
        ...(isFresh && { prompt: 'select_account' }),
      }),
    identify: async (answer) => {
      try {
        return await identify(answer)
      } catch (error) {
        throw failureOf(error, name)
      }
    },
    refresh: async (refreshToken) => refreshAtProvider(config, refreshToken, { settings, clock }),
    check: async () => undefined,
    signOutUrl: async () => null,
  }
}

/** At github.com and its tenants the API has a host of its own, at an own server a path. */
function apiOf({ origin, host }: URL): string {
  return host === 'github.com' || host.endsWith('.ghe.com') ? `https://api.${host}` : `${origin}/api/v3`
}

/** The address of the account itself can be any that its owner shows: only this list says which is verified. */
function primaryAddress(addresses: unknown): string | null {
  if (!Array.isArray(addresses)) return null
  const primary = addresses.find((one: unknown) => isObject(one) && one['primary'] === true && one['verified'] === true)
  return primary === undefined ? null : textClaim(primary as Claims, 'email')
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
