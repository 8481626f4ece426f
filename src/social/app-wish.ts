import { RequestRefused } from '../core/errors.ts'
import type { AppWish } from './provider-sign-ins.ts'

/** What an application sends along; all are `null` where no application asks. */
export interface AppParameters {
  readonly redirectUri: string | null
  readonly codeChallenge: string | null
  readonly codeChallengeMethod: string | null
  readonly state: string | null
}

/**
 * The application that asks for a sign-in, `null` where none does. Throws `invalid_request` for an address that is not listed,
 * to the letter but for the port of this machine (RFC 8252, section 7.3), and for what comes without PKCE.
 */
export function readAppWish(sent: AppParameters, allowed: readonly string[]): AppWish | null {
  const { redirectUri, codeChallenge, codeChallengeMethod, state } = sent
  if (redirectUri === null) {
    if (codeChallenge !== null) throw refused('redirect_uri is missing.')
    return null
  }
  if (!allowed.some((one) => matches(one, redirectUri)))
    throw refused('The redirect_uri is not one that is allowed here.')
  // RFC 7636, section 4.2: base64url of 32 bytes.
  if (codeChallenge === null || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) {
    throw refused('code_challenge is missing, or not one of S256.')
  }
  if (codeChallengeMethod !== null && codeChallengeMethod !== 'S256')
    throw refused('code_challenge_method has to be S256.')
  if (state !== null && !/^[\x20-\x7e]{1,512}$/.test(state)) throw refused('state has at most 512 characters of ASCII.')
  return { redirectUri, codeChallenge, state: state ?? '' }
}

/** Throws `TypeError` for an address that may not be listed: a script, one with a fragment, plain http but to this machine. */
export function checkRedirectUris(uris: readonly string[]): void {
  for (const uri of uris) {
    const url = URL.canParse(uri) ? new URL(uri) : null
    const scheme = url?.protocol ?? ''
    const isFit =
      url !== null &&
      /^[\x21-\x7e]+$/.test(uri) &&
      !uri.includes('#') &&
      (scheme === 'https:' || (scheme === 'http:' && isLoopback(url)) || scheme.includes('.'))
    if (!isFit) {
      throw new TypeError(
        `${uri} cannot be a redirect address: it is https, http on 127.0.0.1 or [::1], or a scheme such as com.example.app:, without a fragment.`,
      )
    }
  }
}

function matches(listed: string, sent: string): boolean {
  if (listed === sent) return true
  if (!URL.canParse(listed) || !URL.canParse(sent)) return false
  const [here, there] = [new URL(listed), new URL(sent)]
  if (here.protocol !== 'http:' || !isLoopback(here) || there.href !== sent) return false
  there.port = here.port
  return there.href === here.href
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === '[::1]'
}

function refused(detail: string): RequestRefused {
  return new RequestRefused('invalid_request', detail)
}
