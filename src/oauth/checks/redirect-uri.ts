import type { OAuthClient } from '../client.ts'
import type { OAuthParameters } from '../oauth-endpoint.ts'
import { OAuthError } from '../oauth-error.ts'
import { redirectUriFault } from './registered-uri.ts'

/**
 * The redirect URI of a request: the one that it names, or the only one that is registered. Throws `OAuthError`
 * (`invalid_request`) in every other case, and then nothing may be sent anywhere (RFC 6749, section 4.1.2.1).
 */
export function requestedRedirectUri(client: OAuthClient, parameters: OAuthParameters): string {
  const { redirectUris = [] } = client.metadata
  // A document is the same for all who use it, so it cannot name the port of one of them.
  const matching = { anyLocalhostPort: client.source === 'document' }
  const sent = parameters.get('redirect_uri')
  if (sent === null) {
    const [only, another] = redirectUris
    // OpenID Connect Core 1.0, section 3.1.2.1: there it has to be sent.
    const isOpenid = parameters.get('scope')?.split(' ').includes('openid') === true
    if (only === undefined || another !== undefined || isOpenid || !isSafe(only)) {
      throw new OAuthError('invalid_request', 'The parameter redirect_uri is missing.')
    }
    return only
  }
  if (!isSafe(sent) || !redirectUris.some((registered) => matchesRedirectUri(registered, sent, matching))) {
    throw new OAuthError('invalid_request', 'The redirect_uri is not registered for this application.')
  }
  return sent
}

/**
 * Whether a redirect URI is one that is registered: letter for letter (RFC 9700, section 4.1.3), but for the port of this
 * machine's own address, which an application on it cannot know before (RFC 8252, section 7.3), and for a wildcard, where
 * the server lets one be registered: it stands for one label of the host.
 */
export function matchesRedirectUri(
  registered: string,
  sent: string,
  { anyLocalhostPort = false }: MatchingOptions = {},
): boolean {
  if (registered === sent) return true
  const machine = anyLocalhostPort ? loopbackOrLocalhost : loopback
  const [own, theirs] = [machine.exec(registered), machine.exec(sent)]
  if (own !== null && theirs !== null) {
    return own[1] === theirs[1] && own[3] === theirs[3] && Number(theirs[2] ?? 80) <= 65_535
  }
  const star = wildcard.exec(registered)
  if (star === null) return false
  const [, before = '', after = ''] = star
  if (!sent.startsWith(before) || !sent.endsWith(after) || sent.length <= before.length + after.length) return false
  return /^[a-z0-9-]+$/i.test(sent.slice(before.length, -after.length))
}

/** Address, port, and the rest. `localhost` is none: it may lead elsewhere (RFC 8252, section 8.3). */
const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::([1-9]\d{0,4}))?((?:[/?].*)?)$/

/** The same with `localhost`, which many agents and command lines use all the same. */
const loopbackOrLocalhost = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9]\d{0,4}))?((?:[/?].*)?)$/

export interface MatchingOptions {
  /** Whether the port of `http://localhost` is left open, too (false). */
  readonly anyLocalhostPort?: boolean
}

/** What stands before and after the star, which begins a host. */
const wildcard = /^(https:\/\/)\*([a-z0-9.-]+(?::\d+)?(?:[/?].*)?)$/i

/** Held against the rules once more, wherever it was registered from: no plain http but to this machine, no `javascript:`. */
function isSafe(uri: string): boolean {
  return redirectUriFault(uri, { isNative: true, allowLocalhost: true }) === null
}
