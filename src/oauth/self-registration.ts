import { AuthError } from '../core/errors.ts'
import { type CheckedClient, checkedClient, type ClientRules } from './client-values.ts'
import { clientNames, type ClientValueName, type GivenClient } from './client-wire.ts'
import { OAuthError } from './oauth-error.ts'

/** What clients get that nobody vouches for: they register by themselves, or say in a document who they are. */
export interface SelfRegistrationRules extends ClientRules {
  /** Grants that they may use, on the wire (authorization code and refresh token). */
  readonly selfRegisteredGrants?: readonly string[]
  /** Scopes that they may ask for (`openid`, `profile`, `email` and `offline_access`, as far as the catalogue has them). */
  readonly selfRegisteredScopes?: readonly string[]
  /** Whether one that registered for some of these scopes may ask its user for the others later (true). */
  readonly selfRegisteredStepUp?: boolean
  /** Resources that they may ask for tokens for, beside the server's own API (RFC 8707) (none). */
  readonly selfRegisteredResources?: readonly string[]
}

/** What they get where nothing else is said. */
const selfRegisteredDefaults = {
  grants: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'profile', 'email', 'offline_access'],
} as const

/**
 * Checks what a client says of itself. Of scopes, and of grants that do no harm, it gets what it may have, and the answer
 * tells which (RFC 7591, section 3.2.1); for the rest it throws `OAuthError`: `invalid_redirect_uri` or
 * `invalid_client_metadata` (RFC 7591, section 3.2.2).
 */
export function checkedSelfRegistration(given: GivenClient, rules: SelfRegistrationRules): CheckedClient {
  const { selfRegisteredGrants = selfRegisteredDefaults.grants, selfRegisteredResources = [] } = rules
  const { selfRegisteredScopes = selfRegisteredDefaults.scopes, selfRegisteredStepUp = true } = rules
  const allowed = selfRegisteredScopes.filter((scope) => Object.hasOwn(rules.scopes, scope))
  if (given.authMethod === 'client_secret') throw faulty('token_endpoint_auth_method is none that is offered here.')
  const grantTypes = grantsFor(given.grantTypes ?? ['authorization_code'], selfRegisteredGrants)
  const scopes = scopesFor(given.scopes ?? allowed, allowed)
  const mayStepUp = selfRegisteredStepUp && given.scopes !== undefined && isAsked(grantTypes)
  const values: GivenClient = {
    name: 'Unnamed application',
    ...given,
    // RFC 7591, section 2: what is meant where nothing is said.
    authMethod: given.authMethod ?? 'client_secret_basic',
    grantTypes,
    scopes: mayStepUp ? allowed : scopes,
    ...(mayStepUp ? { defaultScopes: scopes } : {}),
    ...(selfRegisteredResources.length === 0 ? {} : { resources: selfRegisteredResources }),
  }
  try {
    // RFC 8252, section 8.3, advises against localhost; but it is what most agents and command lines register.
    return checkedClient(values, { ...rules, allowLocalhost: true })
  } catch (error) {
    throw inWordsOfTheWire(error)
  }
}

/** A client that was checked, as it would be given. */
export function givenOf({ metadata, ...client }: CheckedClient): GivenClient {
  return { ...metadata, ...client }
}

/**
 * Whether there is a user who is asked about each scope. Clients of MCP servers register for the scopes of their first call,
 * and come for more when a later one needs it; without a user, what was registered is all that holds them.
 */
function isAsked(grantTypes: unknown): boolean {
  return Array.isArray(grantTypes) && !grantTypes.includes('client_credentials')
}

/** Those that act without a user or for everyone, and those that RFC 9700 advises against: an administrator's to give. */
const trusting: readonly unknown[] = [
  'client_credentials',
  'password',
  'implicit',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
]

function grantsFor(wanted: unknown, allowed: readonly string[]): unknown {
  if (!Array.isArray(wanted)) return wanted
  if (wanted.some((grant) => trusting.includes(grant) && !allowed.includes(grant as string))) {
    throw faulty('grant_types holds one that a client cannot register for by itself.')
  }
  const given = wanted.filter((grant) => typeof grant !== 'string' || allowed.includes(grant))
  if (given.length === 0) throw faulty('grant_types holds none that a client can register for by itself.')
  return given
}

function scopesFor(wanted: unknown, allowed: readonly string[]): unknown {
  if (!Array.isArray(wanted)) return wanted
  const given = wanted.filter((scope) => typeof scope !== 'string' || allowed.includes(scope))
  if (given.length === 0 && wanted.length > 0)
    throw faulty('scope holds none that a client can register for by itself.')
  return given
}

/** The faults that `checkedClient` found, each under the member's name on the wire. */
function inWordsOfTheWire(error: unknown): unknown {
  if (!(error instanceof AuthError) || error.code !== 'invalid') return error
  const faults = Object.entries(error.body ?? {}) as [ClientValueName, readonly string[]][]
  const sentences = faults.map(([name, messages]) => `${clientNames[name] ?? 'metadata'}: ${messages.join(' ')}`)
  const description = sentences.length === 0 ? error.message : sentences.join(' ')
  const isRedirectUri = faults.some(([name]) => name === 'redirectUris')
  return isRedirectUri ? new OAuthError('invalid_redirect_uri', described(description)) : faulty(described(description))
}

/** RFC 6749, section 5.2: what a description may be made of. */
function described(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, '?')
    .slice(0, 1000)
}

function faulty(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}
