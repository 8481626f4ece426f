import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'

/**
 * The resources that a client asks for (RFC 8707, section 2): absolute URIs without fragment, each one registered for it.
 * Empty: the server's own API. Throws `invalid_target`.
 */
export function requestedResources(client: OAuthClient, parameters: OAuthParameters): readonly string[] {
  const wanted = [...new Set(parameters.all('resource'))]
  for (const uri of wanted) {
    if (!URL.canParse(uri) || uri.includes('#') || uri.includes(' ')) {
      throw new OAuthError('invalid_target', 'A resource has to be an absolute URI without fragment.')
    }
    if (client.metadata.resources?.includes(uri) !== true) {
      throw new OAuthError('invalid_target', 'The client may not ask for this resource.')
    }
  }
  return wanted
}

/** The resources of a token request out of those that were granted; `invalid_target` for others (RFC 8707, section 2.2). */
export function narrowedResources(granted: readonly string[], parameters: OAuthParameters): readonly string[] {
  const wanted = [...new Set(parameters.all('resource'))]
  if (wanted.some((uri) => !granted.includes(uri))) {
    throw new OAuthError('invalid_target', 'The resource was not granted.')
  }
  return wanted.length === 0 ? granted : wanted
}
