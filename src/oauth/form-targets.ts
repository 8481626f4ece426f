import type { OAuthClient } from './client.ts'
import type { ClientFinder } from './client-finder.ts'
import { isPolicyOrigin } from '../http/security-headers.ts'

/**
 * Where a form of ours may lead in the end, for `form-action` of the page that it stands on: some browsers hold every redirect
 * after a form to it, those of the client too. So they are the origins, or schemes, of all addresses that the client has
 * registered: one whose callback leads on to another origin names that as its `client_uri`.
 */
export function formTargets({ metadata }: Pick<OAuthClient, 'metadata'>): readonly string[] {
  const { redirectUris = [], postLogoutRedirectUris = [], clientUri, initiateLoginUri } = metadata
  const uris = [...redirectUris, ...postLogoutRedirectUris, clientUri, initiateLoginUri]
  return [...new Set(uris.map((uri) => (uri === undefined ? null : targetOf(uri))).filter((one) => one !== null))]
}

/** The same for the page to sign in, where it leads on to an authorization request. Nothing for any other page. */
export function createSignInTargets({
  findClient,
  path,
}: {
  readonly findClient: ClientFinder
  /** Where the authorization endpoint is. */
  readonly path: string
}): (next: string) => Promise<readonly string[]> {
  return async (next) => {
    const mark = next.indexOf('?')
    const isOurs = mark !== -1 && `${next.slice(0, mark)}/`.replace('//', '/') === path
    const id = isOurs ? new URLSearchParams(next.slice(mark)).get('client_id') : null
    const client = id === null ? null : await findClient(id)
    return client === null ? [] : formTargets(client)
  }
}

function targetOf(uri: string): string | null {
  // Its port is known only when it comes (RFC 8252, section 7.3). An address of six parts cannot stand in a policy.
  if (uri.startsWith('http://127.0.0.1')) return 'http://127.0.0.1:*'
  if (uri.startsWith('http://[::1]')) return 'http:'
  if (!URL.canParse(uri)) return null
  const { protocol, origin } = new URL(uri)
  if (protocol !== 'https:' && protocol !== 'http:') return protocol
  // A wildcard of a host is one in a policy too, but it is not worth having there; names such as `my_app` cannot stand in one.
  return isPolicyOrigin(origin) ? origin : protocol
}
