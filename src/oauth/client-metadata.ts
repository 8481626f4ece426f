/**
 * What is registered of a client beside its columns, by the names of OAuth Dynamic Client Registration (RFC 7591, section 2)
 * in camelCase. Everything that is left out has the default that is named.
 */
export interface ClientMetadata {
  /** Where answers may be sent: absolute URIs without fragment (none). */
  readonly redirectUris?: readonly string[]
  /** Where the browser may be sent after signing out (none). */
  readonly postLogoutRedirectUris?: readonly string[]
  /** Such as `code` (`code` where the authorization code grant is allowed). */
  readonly responseTypes?: readonly string[]
  /** `query`, `fragment`, `form_post` (all). */
  readonly responseModes?: readonly string[]
  /** Scopes that are meant where it asks for none (none: `invalid_scope`). */
  readonly defaultScopes?: readonly string[]
  /** Resources that its tokens may be for, beside the server's own API (RFC 8707) (none). */
  readonly resources?: readonly string[]
  /** Origins of browsers that may call the token endpoint (those of its https redirect URIs, where it is public). */
  readonly allowedOrigins?: readonly string[]

  /** Its public keys (RFC 7517) … */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** … or where they are. */
  readonly jwksUri?: string
  /** What `private_key_jwt` has to be signed with (any of ours). */
  readonly tokenEndpointAuthSigningAlg?: string
  /** How its certificate is told, exactly one of them, for `tls_client_auth` (RFC 8705, section 2.1.2). */
  readonly tlsClientAuthSubjectDn?: string
  readonly tlsClientAuthSanDns?: string
  readonly tlsClientAuthSanUri?: string
  readonly tlsClientAuthSanEmail?: string
  readonly tlsClientAuthSanIp?: string

  /** (opaque) */
  readonly accessTokenFormat?: 'opaque' | 'jwt'
  /** Seconds (those of the server). */
  readonly accessTokenLifetime?: number
  /** Seconds that a refresh token lives unused (those of the server). */
  readonly refreshTokenLifetime?: number
  /** Whether each refresh token is used once (true). Only clients that authenticate, or whose tokens are bound, may keep theirs. */
  readonly rotateRefreshTokens?: boolean
  /** (RS256) */
  readonly idTokenSignedResponseAlg?: string
  /** Signs UserInfo answers too (they are plain JSON). */
  readonly userinfoSignedResponseAlg?: string
  /** Signs introspection answers (they are plain JSON unless asked for; RFC 9701). */
  readonly introspectionSignedResponseAlg?: string
  /** What its signed request objects are signed with (any of ours; RFC 9101). */
  readonly requestObjectSigningAlg?: string

  /** (public) */
  readonly subjectType?: 'public' | 'pairwise'
  readonly sectorIdentifierUri?: string

  /** Whether it may go without PKCE, where it is confidential and sends a nonce (false). */
  readonly pkceOptional?: boolean
  readonly requirePushedAuthorizationRequests?: boolean
  readonly requireSignedRequestObject?: boolean
  /** (RFC 9449, section 5.2) */
  readonly dpopBoundAccessTokens?: boolean
  /** (RFC 8705, section 3.4) */
  readonly tlsClientCertificateBoundAccessTokens?: boolean

  /** `never`: its users are not asked, for applications of one's own house; `always`: each time; (once). */
  readonly consent?: 'once' | 'always' | 'never'
  /** Whose tokens it may introspect: the resources in `aud`, and `*` for those of the server's own API (none). */
  readonly introspects?: readonly string[]
  /** Whether it may exchange tokens of others for tokens that act for them (RFC 8693) (false). */
  readonly mayExchange?: boolean
  /** Whether its users choose the organisation that its tokens are bound to, where they belong to any (false). */
  readonly asksForOrganisation?: boolean

  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
  readonly frontchannelLogoutUri?: string
  readonly frontchannelLogoutSessionRequired?: boolean

  readonly defaultMaxAge?: number
  readonly requireAuthTime?: boolean
  readonly defaultAcrValues?: readonly string[]
  /** (web) */
  readonly applicationType?: 'web' | 'native'

  readonly clientUri?: string
  readonly logoUri?: string
  readonly policyUri?: string
  readonly tosUri?: string
  readonly initiateLoginUri?: string
  readonly contacts?: readonly string[]
  readonly softwareId?: string
  readonly softwareVersion?: string
}

/** Reads what `JSON.stringify` wrote. It was checked before it was stored. */
export function readMetadata(text: string): ClientMetadata {
  return JSON.parse(text) as ClientMetadata
}
