import type { OAuthClient } from './client.ts'
import { OAuthError } from './oauth-error.ts'

/** The catalogue of scopes: what each allows, as a sentence for the consent page. */
export type ScopeCatalogue = Readonly<Record<string, string>>

/** Scopes of OpenID Connect Core 1.0, sections 5.4 and 11, which every catalogue may hold. */
export const openidScopes: ScopeCatalogue = {
  openid: 'Know who you are',
  profile: 'See your name',
  email: 'See your e-mail address',
  offline_access: 'Keep access while you are away',
}

/** Reads `scope` (RFC 6749, section 3.3): scope tokens with one space between. Each counts once. Throws `invalid_scope`. */
function parseScope(scope: string): readonly string[] {
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)) {
    throw new OAuthError('invalid_scope', 'The scope has to be scope tokens with one space between.')
  }
  return scope.includes(' ') ? [...new Set(scope.split(' '))] : [scope]
}

/**
 * What a client asks for, held against what it may ask for: `invalid_scope` for more, so that nobody is surprised later by
 * less. Where it asks for nothing, its default scopes are meant (RFC 6749, section 3.3).
 */
export function requestedScopes(
  client: OAuthClient,
  scope: string | null,
  catalogue: ScopeCatalogue,
): readonly string[] {
  const wanted = scope === null ? (client.metadata.defaultScopes ?? client.scopes) : parseScope(scope)
  const known = wanted.filter((name) => client.scopes.includes(name) && Object.hasOwn(catalogue, name))
  if (scope !== null && known.length < wanted.length) {
    throw new OAuthError('invalid_scope', 'The client may not ask for this scope.')
  }
  if (known.length === 0) throw new OAuthError('invalid_scope', 'The client may ask for no scope. Register one for it.')
  return known
}

/** The narrower scopes that a request asks for out of those that were granted: `invalid_scope` for more (RFC 6749, section 6). */
export function narrowedScopes(granted: readonly string[], scope: string | null): readonly string[] {
  if (scope === null) return granted
  const wanted = parseScope(scope)
  if (wanted.some((name) => !granted.includes(name))) {
    throw new OAuthError('invalid_scope', 'The scope goes beyond what was granted.')
  }
  return wanted
}
