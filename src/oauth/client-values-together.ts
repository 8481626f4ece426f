import type { ClientRules, ClientValues } from './client-values.ts'
import type { ClientValueName } from './client-wire.ts'

/** A member at fault, and what is wrong with it beside the others. */
export type TogetherFault = readonly [name: ClientValueName, message: string]

/** What is wrong with members that are right each by itself. */
export function togetherFaults(client: ClientValues, rules: ClientRules): readonly TogetherFault[] {
  return [
    grantFaults,
    responseFaults,
    keyFaults,
    certificateFaults,
    tokenFaults,
    privilegeFaults,
    addressFaults,
  ].flatMap((faults) => faults(client, rules).filter((fault) => fault !== null))
}

type Faults = (client: ClientValues, rules: ClientRules) => readonly (TogetherFault | null)[]

/** Grant types with each other, and with how the client shows who it is. */
const grantFaults: Faults = (client, rules) => {
  const { grantTypes, authMethod, redirectUris = [], scopes, defaultScopes = [], introspects = [] } = client
  const has = (name: string): boolean => grantTypes.includes(name)
  return [
    // An API that asks about tokens needs none of its own.
    grantTypes.length === 0 && introspects.length === 0 ? ['grantTypes', 'At least one is needed.'] : null,
    // RFC 6749, section 4.4: only a client that keeps a secret may act for itself.
    authMethod === 'none' && has('client_credentials')
      ? ['grantTypes', 'A client that does not authenticate (none) cannot use client_credentials.']
      : null,
    authMethod === 'none' && has(tokenExchange)
      ? ['grantTypes', 'A client that does not authenticate (none) cannot exchange tokens.']
      : null,
    has('refresh_token') && !grantTypes.some((name) => refreshable.includes(name))
      ? ['grantTypes', 'refresh_token needs a grant type that a user takes part in beside it.']
      : null,
    ...(['password', 'implicit'] as const).map((name): TogetherFault | null =>
      has(name) && rules.legacy?.includes(name) !== true
        ? ['grantTypes', `${name} is not offered here: RFC 9700 advises against it.`]
        : null,
    ),
    (has('authorization_code') || has('implicit')) && redirectUris.length === 0
      ? ['redirectUris', 'At least one is needed for authorization_code and implicit.']
      : null,
    defaultScopes.some((scope) => !scopes.includes(scope))
      ? ['defaultScopes', 'They have to be among the scopes of the client.']
      : null,
  ]
}

/** RFC 7591, section 2.1: each response type belongs to a grant type. */
const responseFaults: Faults = ({ grantTypes, responseTypes = [], scopes }, rules) => {
  const types = responseTypes.map((type) => type.split(' '))
  const has = (word: string): boolean => types.some((words) => words.includes(word))
  const isHybrid = types.some((words) => words.length > 1 && words.includes('code'))
  const needsImplicit = types.some((words) => words.includes('token') || words.includes('id_token'))
  return [
    has('code') && !grantTypes.includes('authorization_code')
      ? ['responseTypes', 'code needs the grant type authorization_code.']
      : null,
    needsImplicit && !grantTypes.includes('implicit')
      ? ['responseTypes', 'token and id_token need the grant type implicit.']
      : null,
    grantTypes.includes('authorization_code') && !has('code')
      ? ['responseTypes', 'The grant type authorization_code needs code.']
      : null,
    grantTypes.includes('implicit') && !needsImplicit
      ? ['responseTypes', 'The grant type implicit needs token or id_token.']
      : null,
    isHybrid && rules.legacy?.includes('hybrid') !== true
      ? ['responseTypes', 'code with token or id_token is not offered here: RFC 9700 advises against it.']
      : null,
    has('id_token') && !scopes.includes('openid') ? ['responseTypes', 'id_token needs the scope openid.'] : null,
  ]
}

/** Keys with what they are needed for. */
const keyFaults: Faults = ({ authMethod, jwks, jwksUri, requireSignedRequestObject }) => {
  const hasKeys = jwks !== undefined || jwksUri !== undefined
  const isByKey = authMethod === 'private_key_jwt' || authMethod === 'self_signed_tls_client_auth'
  return [
    // RFC 7591, section 2: both must not be present.
    jwks !== undefined && jwksUri !== undefined ? ['jwks', 'Give the keys or where they are, not both.'] : null,
    isByKey && !hasKeys ? ['jwks', `${authMethod} needs keys, or the address of them.`] : null,
    requireSignedRequestObject === true && !hasKeys
      ? ['requireSignedRequestObject', 'Signed requests need keys, or the address of them.']
      : null,
  ]
}

/** RFC 8705, section 2.1.2: exactly one of them. */
const certificateFaults: Faults = (client) => {
  const told = certificateNames.filter((name) => client[name] !== undefined)
  return [
    told.length > 1 ? [told[1] as ClientValueName, 'A certificate is told by one of its names alone.'] : null,
    client.authMethod === 'tls_client_auth' && told.length === 0
      ? ['tlsClientAuthSubjectDn', 'tls_client_auth needs the name that its certificate is told by.']
      : null,
  ]
}

const certificateNames = [
  'tlsClientAuthSubjectDn',
  'tlsClientAuthSanDns',
  'tlsClientAuthSanUri',
  'tlsClientAuthSanEmail',
  'tlsClientAuthSanIp',
] as const

/** What tokens are to say, and how they are signed. */
const tokenFaults: Faults = (client) => {
  const { idTokenSignedResponseAlg, authMethod, subjectType, sectorIdentifierUri, redirectUris = [] } = client
  const { accessTokenFormat } = client
  const hosts = new Set(redirectUris.map((uri) => (URL.canParse(uri) ? new URL(uri).host : uri)))
  return [
    // OpenID Connect Core 1.0, section 10.1: the key is the secret that both have.
    idTokenSignedResponseAlg === 'HS256' && !isBySecret(authMethod)
      ? ['idTokenSignedResponseAlg', 'HS256 is for clients that have a secret.']
      : null,
    // OpenID Connect Core 1.0, section 8.1.
    subjectType === 'pairwise' && hosts.size > 1 && sectorIdentifierUri === undefined
      ? ['sectorIdentifierUri', 'Pairwise subjects need it where redirect URIs name several hosts.']
      : null,
    // RFC 9068, section 6: its client could look inside, and read the name that others know the user by.
    subjectType === 'pairwise' && accessTokenFormat === 'jwt'
      ? [
          'accessTokenFormat',
          'Clients with pairwise subjects have opaque access tokens: a JWT would tell them the other.',
        ]
      : null,
  ]
}

/** What is given only to clients that can be told from others. */
const privilegeFaults: Faults = ({
  authMethod,
  rotateRefreshTokens,
  dpopBoundAccessTokens,
  tlsClientCertificateBoundAccessTokens,
  pkceOptional,
  introspects = [],
  mayExchange,
  consent,
  redirectUris = [],
}) => {
  if (authMethod !== 'none') return []
  return [
    // OAuth 2.1, section 4.3.1; RFC 9700, section 4.14.2.
    rotateRefreshTokens === false && dpopBoundAccessTokens !== true && tlsClientCertificateBoundAccessTokens !== true
      ? ['rotateRefreshTokens', 'A public client whose tokens are not bound to a key has to rotate.']
      : null,
    pkceOptional === true ? ['pkceOptional', 'A public client cannot go without PKCE.'] : null,
    introspects.length > 0 ? ['introspects', 'A public client cannot introspect.'] : null,
    mayExchange === true ? ['mayExchange', 'A public client cannot exchange tokens.'] : null,
    // RFC 8252, section 8.6: anybody on the same device can pose as it.
    consent === 'never' && redirectUris.some((uri) => !uri.startsWith('https:'))
      ? ['consent', 'Users of a public client whose redirect URIs are not https have to be asked.']
      : null,
  ]
}

/** Addresses with each other. */
const addressFaults: Faults = ({ frontchannelLogoutUri, redirectUris = [], ...client }) => {
  const originsOf = (uris: readonly string[]): readonly string[] =>
    uris.filter((uri) => URL.canParse(uri)).map((uri) => new URL(uri).origin)
  const isElsewhere =
    frontchannelLogoutUri !== undefined &&
    !originsOf(redirectUris).includes(originsOf([frontchannelLogoutUri])[0] ?? 'nowhere')
  return [
    // OpenID Connect Front-Channel Logout 1.0, section 2.
    isElsewhere ? ['frontchannelLogoutUri', 'It has to have the origin of a redirect URI.'] : null,
    client.backchannelLogoutSessionRequired === true && client.backchannelLogoutUri === undefined
      ? ['backchannelLogoutSessionRequired', 'There is no address for back-channel logout.']
      : null,
    client.frontchannelLogoutSessionRequired === true && frontchannelLogoutUri === undefined
      ? ['frontchannelLogoutSessionRequired', 'There is no address for front-channel logout.']
      : null,
  ]
}

export function isBySecret(authMethod: string): boolean {
  return authMethod.startsWith('client_secret')
}

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** A person takes part in these, so that what they allow can be refreshed. */
const refreshable: readonly string[] = [
  'authorization_code',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
]
