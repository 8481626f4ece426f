import type { StoredAccessToken } from '../access-tokens.ts'
import type { OAuthClient } from '../client.ts'
import type { Grant } from '../grants.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/** What the server's own API is called in `aud`: every client may ask for that. */
type Own = string | readonly string[]

/**
 * The resources that a client asks for (RFC 8707, section 2): absolute URIs without fragment, each one registered for it.
 * Empty: the server's own API. Throws `invalid_target`.
 */
export function requestedResources(client: OAuthClient, parameters: OAuthParameters, own: Own): readonly string[] {
  return among([own, client.metadata.resources ?? []].flat(), parameters, own)
}

/** The resources of a token request out of those that were granted; `invalid_target` for others (RFC 8707, section 2.2). */
export function narrowedResources(
  granted: readonly string[],
  parameters: OAuthParameters,
  own: Own,
): readonly string[] {
  const wanted = among(granted.length === 0 ? [own].flat() : granted, parameters, own)
  return wanted.length === 0 ? granted : wanted
}

/** Those that are asked for, as they are written in `known`. */
function among(known: readonly string[], parameters: OAuthParameters, own: Own): readonly string[] {
  const asked = resourcesIn(parameters)
  if (asked.length === 0) return []
  const wanted = asked.map((uri) => known.find((one) => one === uri || isSame(one, uri)))
  if (wanted.includes(undefined)) throw new OAuthError('invalid_target', 'The client may not ask for this resource.')
  const named = [...new Set(wanted.filter((uri) => uri !== undefined))]
  return named.every((uri) => [own].flat().includes(uri)) ? [] : named
}

/** Clients that read an address into a URL write the slash behind a host that has no path (RFC 3986, section 6.2.3). */
function isSame(known: string, uri: string): boolean {
  return URL.canParse(known) && new URL(known).href === new URL(uri).href
}

/**
 * Whom a token is to be for that is exchanged for another (RFC 8693, section 2.1), as `resource` or `audience`: those that
 * the user has granted, or that the subject token is for; where both stand for the server's own API, those that are
 * registered for the client. Throws `invalid_target` for others.
 */
export function exchangedResources({
  client,
  grant,
  subject,
  parameters,
}: {
  readonly client: OAuthClient
  readonly grant: Pick<Grant, 'resources'>
  readonly subject: Pick<StoredAccessToken, 'audience'>
  readonly parameters: OAuthParameters
}): readonly string[] {
  const wanted = [...new Set([...resourcesIn(parameters), ...parameters.all('audience')])]
  const granted = [...grant.resources, ...subject.audience]
  const allowed = granted.length === 0 ? (client.metadata.resources ?? []) : granted
  if (wanted.some((uri) => !allowed.includes(uri))) {
    throw new OAuthError('invalid_target', 'The token cannot be for this resource or audience.')
  }
  return wanted.length === 0 ? subject.audience : wanted
}

/** RFC 8707, section 2: "an absolute URI", which "MUST NOT include a fragment component". */
function resourcesIn(parameters: OAuthParameters): readonly string[] {
  const wanted = [...new Set(parameters.all('resource'))]
  if (!wanted.every((uri) => URL.canParse(uri) && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(uri) && !uri.includes('#'))) {
    throw new OAuthError('invalid_target', 'A resource has to be an absolute URI without fragment.')
  }
  return wanted
}
