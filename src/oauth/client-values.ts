import { RequestRefused } from '../core/errors.ts'
import type { SigningAlgorithm } from '../crypto/jwk.ts'
import { credentialName } from '../tokens/credential-name.ts'
import { httpsUriFault, originFault, pageUriFault, redirectUriFault, resourceFault } from './checks/registered-uri.ts'
import { clientAuthMethods, type ClientAuthMethod, type OAuthClient } from './client.ts'
import {
  flag,
  jwkSet,
  list,
  listed,
  type Member,
  type Members,
  oneOf,
  scopeNames,
  seconds,
  text,
} from './client-members.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { togetherFaults } from './client-values-together.ts'
import type { ClientValueName, GivenClient } from './client-wire.ts'
import { idTokenAlgorithms } from './id-tokens.ts'
import type { ScopeCatalogue } from './scopes.ts'

/** Everything that can be registered of a client, and changed later. */
export interface ClientValues extends ClientMetadata {
  /** What people know it by. */
  readonly name: string
  /** How it shows who it is; `none` makes it public, everything else confidential (client_secret). */
  readonly authMethod: ClientAuthMethod
  /** On the wire, such as `client_credentials` (authorization_code). */
  readonly grantTypes: readonly string[]
  /** What it may ask for (none). */
  readonly scopes: readonly string[]
}

/** The same as it was checked, in the shape of `OAuthClient`. */
export type CheckedClient = Pick<OAuthClient, 'name' | 'authMethod' | 'grantTypes' | 'scopes' | 'metadata'>

/** What this server lets be registered. */
export interface ClientRules {
  /** The catalogue: there are no other scopes. */
  readonly scopes: ScopeCatalogue
  /** Which of the grants that RFC 9700 advises against may be registered (none). */
  readonly legacy?: readonly ('password' | 'implicit' | 'hybrid')[]
  /** Whether `http://localhost` counts as this machine in redirect URIs (false). */
  readonly allowLocalhost?: boolean
  /** Whether the host of a redirect URI may begin with `*` (false). */
  readonly allowWildcards?: boolean
}

/**
 * Checks everything that is given for a client, whoever gives it, and fills in what follows from it. `null` and `undefined`
 * mean left out. Throws `RequestRefused` (`invalid`) whose body names every member at fault, each with all its faults.
 */
export function checkedClient(given: GivenClient, rules: ClientRules): CheckedClient {
  const faults = new Map<string, readonly string[]>()
  const say = (name: string, message: string): void => void faults.set(name, [...(faults.get(name) ?? []), message])

  for (const name of Object.keys(given)) if (!Object.hasOwn(members, name)) say(name, 'There is no such member.')
  const read = Object.entries<Member<unknown>>(members).flatMap(([name, member]) => {
    const value = given[name as ClientValueName]
    if (value === undefined || value === null) return []
    const checked = member(value, { given, rules, say: (message) => say(name, message) })
    return checked === undefined ? [] : [[name, checked] as const]
  })
  const values = withDefaults(Object.fromEntries(read) as Partial<ClientValues>)
  if (given.name === undefined || given.name === null) say('name', 'A name is needed.')
  // What does not go together is told of members that are right by themselves.
  for (const [name, message] of togetherFaults(values, rules)) if (!faults.has(name)) say(name, message)
  if (faults.size > 0) throw new RequestRefused('invalid', undefined, { body: Object.fromEntries(faults) })

  const { name, authMethod, grantTypes, scopes, ...metadata } = values
  if (JSON.stringify(metadata).length > mostMetadata) {
    throw new RequestRefused('invalid', `All members together may have ${mostMetadata} characters.`)
  }
  return { name, authMethod, grantTypes, scopes, metadata }
}

/** The grant types that can be registered, on the wire. */
const clientGrantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'password',
  'implicit',
] as const

/** The response types that can be registered (OAuth 2.0 Multiple Response Type Encoding Practices). */
const clientResponseTypes = [
  'code',
  'token',
  'id_token',
  'id_token token',
  'code token',
  'code id_token',
  'code id_token token',
] as const

/** Algorithms that clients sign with. */
export const clientAlgorithms: readonly SigningAlgorithm[] = [
  'EdDSA',
  ...(['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'] as const),
]

/** Seconds that an access token of a client may live at most: as long has to be remembered what was revoked. */
export const longestAccessToken = 86_400

const days = 86_400
const mostMetadata = 65_536

const isNative = ({ applicationType, authMethod }: GivenClient): boolean =>
  applicationType === 'native' || authMethod === 'none'

const page = text((uri, { rules }) => pageUriFault(uri, rules))
const called = text(httpsUriFault)
const logout = text((uri, { rules: { allowLocalhost = false } }) => redirectUriFault(uri, { allowLocalhost }))
const word = text((value) =>
  /^[^\p{C}]{1,500}$/u.test(value) ? null : 'is empty, too long, or holds what cannot be shown.',
)
const clientSigns = oneOf(clientAlgorithms)
const serverSigns = oneOf(idTokenAlgorithms.filter((alg) => alg !== 'HS256'))

/** How each member is read. */
const members: Members<ClientValues> = {
  name: (value, { say }) => {
    try {
      return credentialName(value)
    } catch (error) {
      say(error instanceof RequestRefused ? error.message : 'The name is not allowed.')
      return undefined
    }
  },
  authMethod: oneOf(clientAuthMethods),
  grantTypes: list(listed(clientGrantTypes)),
  scopes: scopeNames,

  redirectUris: list((uri, { given, rules }) => redirectUriFault(uri, { ...rules, isNative: isNative(given) })),
  postLogoutRedirectUris: list((uri, { given, rules: { allowLocalhost = false } }) =>
    redirectUriFault(uri, { allowLocalhost, isNative: isNative(given) }),
  ),
  responseTypes: (value, context) => list(listed(clientResponseTypes))(inOrder(value), context),
  responseModes: list(listed(['query', 'fragment', 'form_post'])),
  defaultScopes: scopeNames,
  resources: list(resourceFault),
  allowedOrigins: list((origin, { rules }) => originFault(origin, rules)),

  jwks: jwkSet,
  jwksUri: called,
  tokenEndpointAuthSigningAlg: clientSigns,
  tlsClientAuthSubjectDn: word,
  tlsClientAuthSanDns: word,
  tlsClientAuthSanUri: word,
  tlsClientAuthSanEmail: word,
  tlsClientAuthSanIp: word,

  accessTokenFormat: oneOf(['opaque', 'jwt']),
  accessTokenLifetime: seconds(1, longestAccessToken),
  refreshTokenLifetime: seconds(1, 3650 * days),
  idTokenSignedResponseAlg: oneOf(idTokenAlgorithms),
  userinfoSignedResponseAlg: serverSigns,
  introspectionSignedResponseAlg: serverSigns,
  requestObjectSigningAlg: clientSigns,

  subjectType: oneOf(['public', 'pairwise']),
  sectorIdentifierUri: called,

  rotateRefreshTokens: flag,
  pkceOptional: flag,
  requirePushedAuthorizationRequests: flag,
  requireSignedRequestObject: flag,
  dpopBoundAccessTokens: flag,
  tlsClientCertificateBoundAccessTokens: flag,

  consent: oneOf(['once', 'always', 'never']),
  introspects: list((uri) => (uri === '*' ? null : resourceFault(uri))),
  mayExchange: flag,
  asksForOrganisation: flag,

  backchannelLogoutUri: logout,
  backchannelLogoutSessionRequired: flag,
  frontchannelLogoutUri: logout,
  frontchannelLogoutSessionRequired: flag,

  defaultMaxAge: seconds(0, 3650 * days),
  requireAuthTime: flag,
  defaultAcrValues: list((value) => (/^\S{1,200}$/.test(value) ? null : 'is no single word.')),
  applicationType: oneOf(['web', 'native']),

  clientUri: page,
  logoUri: page,
  policyUri: page,
  tosUri: page,
  initiateLoginUri: called,
  contacts: list((value) => (/^[^\p{C}]{1,254}$/u.test(value) ? null : 'is no address.')),
  softwareId: word,
  softwareVersion: word,
}

/** The words of a response type may stand in any order (the same, section 5). */
function inOrder(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return (value as readonly unknown[]).map((type) =>
    typeof type === 'string' ? type.split(' ').toSorted().join(' ') : type,
  )
}

function withDefaults(given: Partial<ClientValues>): ClientValues {
  const { name = '', authMethod = 'client_secret', grantTypes = ['authorization_code'], scopes = [], ...rest } = given
  const responseTypes = rest.responseTypes ?? [
    ...(grantTypes.includes('authorization_code') ? ['code'] : []),
    ...(grantTypes.includes('implicit') ? ['token', ...(scopes.includes('openid') ? openidImplicit : [])] : []),
  ]
  return { ...rest, name, authMethod, grantTypes, scopes, ...(responseTypes.length === 0 ? {} : { responseTypes }) }
}

const openidImplicit = ['id_token', 'id_token token']
