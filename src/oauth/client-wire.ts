import type { OAuthClient } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'

/** Everything that a client is registered with: what has columns of its own, and the rest. */
export type ClientValueName = 'name' | 'authMethod' | 'grantTypes' | 'scopes' | keyof ClientMetadata

/** What is given for a client, by our names. Every value is still to be checked. */
export type GivenClient = { readonly [Name in ClientValueName]?: unknown }

/** What administrators alone decide about a client. None of it is from a specification. */
export type AdministrativeName =
  | 'responseModes'
  | 'defaultScopes'
  | 'resources'
  | 'allowedOrigins'
  | 'accessTokenFormat'
  | 'accessTokenLifetime'
  | 'refreshTokenLifetime'
  | 'rotateRefreshTokens'
  | 'pkceOptional'
  | 'consent'
  | 'introspects'
  | 'mayExchange'
  | 'asksForOrganisation'

/** What a client may say of itself when it registers (RFC 7591, section 2, and those who added to it), by its names on the wire. */
export const registrableNames: { readonly [Name in Exclude<ClientValueName, AdministrativeName>]: string } = {
  name: 'client_name',
  authMethod: 'token_endpoint_auth_method',
  grantTypes: 'grant_types',
  scopes: 'scope',
  redirectUris: 'redirect_uris',
  responseTypes: 'response_types',
  jwks: 'jwks',
  jwksUri: 'jwks_uri',
  clientUri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  contacts: 'contacts',
  softwareId: 'software_id',
  softwareVersion: 'software_version',
  // OpenID Connect Dynamic Client Registration 1.0, section 2.
  applicationType: 'application_type',
  tokenEndpointAuthSigningAlg: 'token_endpoint_auth_signing_alg',
  idTokenSignedResponseAlg: 'id_token_signed_response_alg',
  userinfoSignedResponseAlg: 'userinfo_signed_response_alg',
  requestObjectSigningAlg: 'request_object_signing_alg',
  subjectType: 'subject_type',
  sectorIdentifierUri: 'sector_identifier_uri',
  defaultMaxAge: 'default_max_age',
  requireAuthTime: 'require_auth_time',
  defaultAcrValues: 'default_acr_values',
  initiateLoginUri: 'initiate_login_uri',
  // OpenID Connect RP-Initiated Logout 1.0, section 3.1; Back-Channel Logout 1.0, section 2.2; Front-Channel Logout 1.0, section 2.
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  backchannelLogoutUri: 'backchannel_logout_uri',
  backchannelLogoutSessionRequired: 'backchannel_logout_session_required',
  frontchannelLogoutUri: 'frontchannel_logout_uri',
  frontchannelLogoutSessionRequired: 'frontchannel_logout_session_required',
  // RFC 8705, sections 2.1.2 and 3.4.
  tlsClientAuthSubjectDn: 'tls_client_auth_subject_dn',
  tlsClientAuthSanDns: 'tls_client_auth_san_dns',
  tlsClientAuthSanUri: 'tls_client_auth_san_uri',
  tlsClientAuthSanIp: 'tls_client_auth_san_ip',
  tlsClientAuthSanEmail: 'tls_client_auth_san_email',
  tlsClientCertificateBoundAccessTokens: 'tls_client_certificate_bound_access_tokens',
  // RFC 9101, section 10.5; RFC 9126, section 6; RFC 9449, section 5.2; RFC 9701, section 6.
  requireSignedRequestObject: 'require_signed_request_object',
  requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
  dpopBoundAccessTokens: 'dpop_bound_access_tokens',
  introspectionSignedResponseAlg: 'introspection_signed_response_alg',
}

export const administrativeNames: { readonly [Name in AdministrativeName]: string } = {
  responseModes: 'response_modes',
  defaultScopes: 'default_scopes',
  resources: 'resources',
  allowedOrigins: 'allowed_origins',
  accessTokenFormat: 'access_token_format',
  accessTokenLifetime: 'access_token_lifetime',
  refreshTokenLifetime: 'refresh_token_lifetime',
  rotateRefreshTokens: 'rotate_refresh_tokens',
  pkceOptional: 'pkce_optional',
  consent: 'consent',
  introspects: 'introspects',
  mayExchange: 'may_exchange',
  asksForOrganisation: 'asks_for_organization',
}

/** All of them. */
export const clientNames: { readonly [Name in ClientValueName]: string } = {
  ...registrableNames,
  ...administrativeNames,
}

/**
 * Picks out of members with names of the wire those that are named, by our names. `null` and an empty text mean left out
 * (RFC 7592, section 2.2); what is not known is ignored (RFC 7591, section 2).
 */
export function fromWire(
  members: Readonly<Record<string, unknown>>,
  names: { readonly [Name in ClientValueName]?: string } = clientNames,
): GivenClient {
  const given = Object.entries(names).flatMap(([name, onWire]) => {
    const value = Object.hasOwn(members, onWire) ? members[onWire] : undefined
    if (value === undefined || value === null || value === '') return []
    return [[name, name === 'scopes' ? scopesIn(value) : value] as const]
  })
  return Object.fromEntries(given)
}

/** A client as it is registered, with names of the wire: what is left to its default is left out. */
export function toWire(
  client: Pick<OAuthClient, 'name' | 'authMethod' | 'grantTypes' | 'scopes' | 'metadata'>,
  names: { readonly [Name in ClientValueName]?: string } = clientNames,
): Readonly<Record<string, unknown>> {
  const { name, authMethod, grantTypes, scopes, metadata } = client
  const values: GivenClient = { ...metadata, name, authMethod, grantTypes, scopes: scopes.join(' ') }
  const members = Object.entries(names).flatMap(([own, onWire]) => {
    const value = values[own as ClientValueName]
    return value === undefined || value === '' ? [] : [[onWire, value] as const]
  })
  return Object.fromEntries(members)
}

/** One text with spaces between on the wire (RFC 7591, section 2). What is none is for the check to refuse. */
function scopesIn(value: unknown): unknown {
  return typeof value === 'string' ? value.split(' ').filter((scope) => scope !== '') : value
}
