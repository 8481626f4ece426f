import type { AuthRequest } from '../core/request.ts'
import { readCookies } from '../http/cookies.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Exchange } from '../http/exchange.ts'

/** The token of a form before anybody is signed in: the one that the browser has already, so that a form in another tab stays good. */
export function anonymousTokenOf(
  { headers }: Pick<AuthRequest, 'headers'>,
  csrf: Pick<Csrf, 'cookieName' | 'isAnonymousToken' | 'anonymousToken'>,
): string {
  const cookies = readCookies(headers.get('cookie'), csrf.cookieName)
  return cookies.find(csrf.isAnonymousToken) ?? csrf.anonymousToken()
}

/** A request with JSON needs no token before there is a session, but where browsers tell where it comes from, that has to be here. */
export function checkScript(request: Exchange, csrf: Pick<Csrf, 'checkOrigin'>): void {
  const { headers } = request
  if (headers.get('origin') !== null || headers.get('sec-fetch-site') !== null) csrf.checkOrigin(request)
}
