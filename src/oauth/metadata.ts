import { dpopAlgorithms } from '../http/dpop.ts'
import { authenticationClasses } from './acr.ts'
import { modes } from './checks/response-type.ts'
import { clientAlgorithms } from './client-values.ts'
import { idTokenAlgorithms } from './id-tokens.ts'
import type { ScopeCatalogue } from './scopes.ts'
import type { UserClaimTable } from './user-claims.ts'

export interface ServerMetadataOptions {
  readonly issuer: string
  /** Where clients reach this server: what the addresses of endpoints begin with. */
  readonly address: string
  /** What paths begin with (/o/). */
  readonly prefix?: string
  /** What there is at which path. */
  readonly routes: readonly { readonly path: string }[]
  readonly grantTypes: readonly { readonly name: string }[]
  /** What RFC 9700 advises against and is offered all the same (none). */
  readonly legacy?: readonly ('password' | 'implicit' | 'hybrid')[]
  readonly scopes: ScopeCatalogue
  readonly claims: { readonly table: UserClaimTable }
  readonly keys: { readonly algorithms: readonly string[] }
  /** How well people can prove here who they are (by a password). */
  readonly acrValues?: readonly string[]
  /** Whether clients can be told by certificates, and tokens be bound to them (false). */
  readonly certificates?: boolean
  /** Where they are asked for theirs, where that is another address (the same one). */
  readonly certificateAddress?: string | null
  /** Whether every authorization request has to be pushed before (false). */
  readonly requirePushedRequests?: boolean
  /** Whether a `client_id` may be the address of a metadata document (false). */
  readonly clientDocuments?: boolean
}

/**
 * What this server says of itself, by its names on the wire (RFC 8414, section 2; OpenID Connect Discovery 1.0, section 3). All
 * of it follows from what the server does: an endpoint is listed where there is one.
 */
export function serverMetadata(options: ServerMetadataOptions): Readonly<Record<string, unknown>> {
  const { issuer, scopes, claims, keys, grantTypes, legacy = [] } = options
  const { certificates = false, requirePushedRequests = false, clientDocuments = false } = options
  const { acrValues = authenticationClasses.slice(-1) } = options
  const ownAlgorithms = idTokenAlgorithms.filter((alg) => keys.algorithms.includes(alg))
  const authMethods = [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    ...(certificates ? ['tls_client_auth', 'self_signed_tls_client_auth'] : []),
  ]

  return {
    issuer,
    ...addresses(options),
    scopes_supported: Object.keys(scopes),
    response_types_supported: responseTypes(legacy),
    response_modes_supported: modes,
    grant_types_supported: [
      ...grantTypes.map(({ name }) => name),
      ...(legacy.includes('implicit') ? ['implicit'] : []),
    ],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [...authMethods, 'none'],
    token_endpoint_auth_signing_alg_values_supported: clientAlgorithms,
    revocation_endpoint_auth_methods_supported: [...authMethods, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: clientAlgorithms,
    introspection_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_signing_alg_values_supported: clientAlgorithms,
    introspection_signing_alg_values_supported: ownAlgorithms,
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: requirePushedRequests,
    dpop_signing_alg_values_supported: dpopAlgorithms,
    tls_client_certificate_bound_access_tokens: certificates,
    ...certificateAddresses(options),
    client_id_metadata_document_supported: clientDocuments,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: [...ownAlgorithms, 'HS256'],
    userinfo_signing_alg_values_supported: ownAlgorithms,
    request_object_signing_alg_values_supported: clientAlgorithms,
    request_parameter_supported: true,
    // Section 3: without these two, readers take the opposite. A pushed request has its address from us.
    request_uri_parameter_supported: false,
    require_request_uri_registration: true,
    claims_parameter_supported: true,
    claim_types_supported: ['normal'],
    claims_supported: [...claimsOfIdTokens, ...Object.keys(claims.table)],
    acr_values_supported: acrValues,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    frontchannel_logout_supported: true,
    frontchannel_logout_session_supported: true,
  }
}

const claimsOfIdTokens = ['sub', 'iss', 'aud', 'exp', 'iat', 'jti', 'auth_time', 'nonce', 'acr', 'amr', 'sid']

/** The names of endpoints, and where below the prefix they are. */
const endpoints = {
  authorization_endpoint: 'authorize/',
  token_endpoint: 'token/',
  revocation_endpoint: 'revoke_token/',
  introspection_endpoint: 'introspect/',
  userinfo_endpoint: 'userinfo/',
  end_session_endpoint: 'logout/',
  device_authorization_endpoint: 'device-authorization/',
  pushed_authorization_request_endpoint: 'par/',
  registration_endpoint: 'register/',
  jwks_uri: 'jwks.json',
} as const

/** Those endpoints where a client says who it is, or shows what its token is bound to. */
const forCertificates: readonly string[] = [
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'userinfo_endpoint',
  'device_authorization_endpoint',
  'pushed_authorization_request_endpoint',
]

/** RFC 8705, section 5: so that no browser is asked for a certificate at the usual address. */
function certificateAddresses(options: ServerMetadataOptions): Readonly<Record<string, unknown>> {
  const { certificates = false, certificateAddress = null } = options
  if (!certificates || certificateAddress === null) return {}
  const all = Object.entries(addresses({ ...options, address: certificateAddress }))
  return { mtls_endpoint_aliases: Object.fromEntries(all.filter(([name]) => forCertificates.includes(name))) }
}

function addresses({
  address,
  prefix = '/o/',
  routes,
}: ServerMetadataOptions): Readonly<Partial<Record<keyof typeof endpoints, string>>> {
  const paths = new Set(routes.map(({ path }) => path))
  const there = Object.entries(endpoints).filter(([, path]) => paths.has(prefix + path))
  return Object.fromEntries(there.map(([name, path]) => [name, `${address}${prefix}${path}`]))
}

function responseTypes(legacy: ServerMetadataOptions['legacy'] = []): readonly string[] {
  return [
    'code',
    ...(legacy.includes('implicit') ? ['token', 'id_token', 'id_token token'] : []),
    ...(legacy.includes('hybrid') ? ['code id_token', 'code token', 'code id_token token'] : []),
  ]
}
