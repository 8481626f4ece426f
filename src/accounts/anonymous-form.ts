import type { AuthRequest } from '../core/request.ts'
import { readCookies } from '../http/cookies.ts'
import type { Csrf } from '../http/csrf.ts'

/** The token of a form before anybody is signed in: the one that the browser has already, so that a form in another tab stays good. */
export function anonymousTokenOf(
  { headers }: Pick<AuthRequest, 'headers'>,
  csrf: Pick<Csrf, 'cookieName' | 'isAnonymousToken' | 'anonymousToken'>,
): string {
  const cookies = readCookies(headers.get('cookie'), csrf.cookieName)
  return cookies.find(csrf.isAnonymousToken) ?? csrf.anonymousToken()
}
