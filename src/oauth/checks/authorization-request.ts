import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { requestedScopes, type ScopeCatalogue } from '../scopes.ts'
import { type RequestedClaims, requestedClaims } from './claims.ts'
import { requestedCodeChallenge } from './pkce.ts'
import { requestedRedirectUri } from './redirect-uri.ts'
import { requestedResources } from './resources.ts'
import {
  type LegacyResponses,
  requestedResponseMode,
  requestedResponseType,
  type ResponseMode,
  type ResponseType,
} from './response-type.ts'

/** An authorization request of a client that holds what it has to (RFC 6749, section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1). */
export interface AuthorizationRequest {
  readonly client: OAuthClient
  readonly redirectUri: string
  /** As it was sent, `null` where it was left out. */
  readonly sentRedirectUri: string | null
  readonly responseType: ResponseType
  readonly responseMode: ResponseMode
  readonly scopes: readonly string[]
  readonly resources: readonly string[]
  readonly state: string | null
  readonly nonce: string | null
  readonly codeChallenge: string | null
  /** The key that the code is bound to (RFC 9449, section 10). */
  readonly dpopJkt: string | null
  readonly prompts: readonly Prompt[]
  /** Seconds that may have passed since the person proved who they are; `null`: any number. */
  readonly maxAge: number | null
  readonly loginHint: string | null
  readonly idTokenHint: string | null
  /** The classes of sign-in that the client prefers, best first. */
  readonly acrValues: readonly string[]
  readonly claims: RequestedClaims | undefined
  /** The organisation that it names, by id or short name, for its tokens to be bound to (none). */
  readonly organization: string | null
}

export type Prompt = (typeof knownPrompts)[number]

export interface AuthorizationRequestCheckOptions {
  readonly scopes: ScopeCatalogue
  /** What the server's own API is called in `aud`. */
  readonly audience: string | readonly string[]
  /** Which response types are offered beside `code` (none). */
  readonly legacy?: readonly string[]
}

/**
 * Checks an authorization request, from wherever it came: the query, a form, a pushed request, a request object. Throws
 * `OAuthError`, first of all where the redirect URI is not good: then nothing may be sent there.
 */
export type CheckAuthorizationRequest = (client: OAuthClient, parameters: OAuthParameters) => AuthorizationRequest

export function createAuthorizationRequestCheck({
  scopes: catalogue,
  audience,
  legacy = [],
}: AuthorizationRequestCheckOptions): CheckAuthorizationRequest {
  const offered = legacy.filter((one): one is LegacyResponses[number] => one === 'implicit' || one === 'hybrid')

  return (client, parameters) => {
    const redirectUri = requestedRedirectUri(client, parameters)
    const responseType = requestedResponseType(client, parameters, offered)
    const responseMode = requestedResponseMode(client, parameters, responseType)
    checkBinding(client, responseType)
    // OpenID Connect Core 1.0, section 7.2.1: a client that says who it is without being known.
    if (parameters.get('registration') !== null) {
      throw new OAuthError('registration_not_supported', 'The parameter registration is not offered here.')
    }
    const scopes = scopesOf(client, parameters, responseType, catalogue)
    return {
      client,
      redirectUri,
      sentRedirectUri: parameters.get('redirect_uri'),
      responseType,
      responseMode,
      scopes,
      resources: requestedResources(client, parameters, audience),
      state: parameters.get('state'),
      nonce: nonceOf(parameters, responseType),
      codeChallenge: responseType.code ? requestedCodeChallenge(client, parameters) : null,
      dpopJkt: thumbprintOf(parameters),
      prompts: promptsOf(parameters),
      maxAge: maxAgeOf(parameters) ?? client.metadata.defaultMaxAge ?? null,
      loginHint: parameters.get('login_hint'),
      idTokenHint: parameters.get('id_token_hint'),
      acrValues: parameters.get('acr_values')?.split(' ') ?? client.metadata.defaultAcrValues ?? [],
      claims: requestedClaims(parameters.get('claims')),
      organization: requestedOrganization(parameters),
    }
  }
}

const knownPrompts = ['none', 'login', 'consent', 'select_account'] as const

/** A token in the answer itself can be bound to nothing, and so is not for clients that are registered for bound ones. */
function checkBinding({ metadata }: OAuthClient, { token }: ResponseType): void {
  const { dpopBoundAccessTokens: toKey = false, tlsClientCertificateBoundAccessTokens: toCertificate = false } =
    metadata
  if (token && (toKey || toCertificate)) {
    throw new OAuthError('unauthorized_client', 'The tokens of this client are bound, which needs the token endpoint.')
  }
}

function scopesOf(
  client: OAuthClient,
  parameters: OAuthParameters,
  { idToken }: ResponseType,
  catalogue: ScopeCatalogue,
): readonly string[] {
  const scope = parameters.get('scope')
  // RFC 6749, section 3.3. Whoever asks for nothing is not given everything.
  if (scope === null && client.metadata.defaultScopes === undefined) {
    throw new OAuthError('invalid_scope', 'The parameter scope is missing, and the client has no default scopes.')
  }
  const scopes = requestedScopes(client, scope, catalogue)
  if (idToken && !scopes.includes('openid')) {
    throw new OAuthError('invalid_scope', 'An ID token needs the scope openid.')
  }
  return scopes
}

/** OpenID Connect Core 1.0, section 3.2.2.1: what brings an ID token by way of the browser needs one, against replay. */
function nonceOf(parameters: OAuthParameters, { idToken }: ResponseType): string | null {
  const nonce = parameters.get('nonce')
  if (nonce === null && idToken) throw new OAuthError('invalid_request', 'The parameter nonce is missing.')
  if (nonce !== null && nonce.length > longestNonce) throw new OAuthError('invalid_request', 'The nonce is too long.')
  return nonce
}

/** Characters. It is stored with the grant. */
const longestNonce = 1024

/** RFC 9449, section 10: the SHA-256 thumbprint of a key, in base64url. */
function thumbprintOf(parameters: OAuthParameters): string | null {
  const thumbprint = parameters.get('dpop_jkt')
  if (thumbprint !== null && !/^[A-Za-z0-9_-]{43}$/.test(thumbprint)) {
    throw new OAuthError('invalid_request', 'The dpop_jkt has to be the SHA-256 thumbprint of a key.')
  }
  return thumbprint
}

/** OpenID Connect Core 1.0, section 3.1.2.1. */
function promptsOf(parameters: OAuthParameters): readonly Prompt[] {
  const words = parameters.get('prompt')?.split(' ') ?? []
  const prompts = knownPrompts.filter((prompt) => words.includes(prompt))
  if (words.some((word) => !(knownPrompts as readonly string[]).includes(word))) {
    throw new OAuthError('invalid_request', 'The prompt is not one that is known here.')
  }
  if (prompts.includes('none') && prompts.length > 1) {
    throw new OAuthError('invalid_request', 'The prompt none goes with no other.')
  }
  return prompts
}

/**
 * The organisation that is named, as it was sent. Whether there is one, and whether the person belongs to it, is looked at when
 * it is known who they are.
 */
export function requestedOrganization(parameters: Pick<OAuthParameters, 'get'>): string | null {
  const named = parameters.get('organization')
  if (named !== null && !/^[\w.-]{1,100}$/.test(named)) {
    throw new OAuthError('invalid_request', 'The organization has to be the id or the short name of one.')
  }
  return named
}

function maxAgeOf(parameters: OAuthParameters): number | null {
  const seconds = parameters.get('max_age')
  if (seconds === null) return null
  if (!/^\d{1,10}$/.test(seconds)) throw new OAuthError('invalid_request', 'The max_age has to be a number of seconds.')
  return Number(seconds)
}
