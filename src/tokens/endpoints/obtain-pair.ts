import { AuthenticationFailed } from '../../core/errors.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { TokenPairs } from '../pairs.ts'
import { credentialsIn } from './credentials.ts'
import type { PasswordCheck } from './credentials.ts'
import { tokenEndpoint } from './token-endpoint.ts'
import type { TokenCookies } from './token-cookies.ts'

export interface ObtainPairOptions {
  readonly passwords: PasswordCheck
  readonly pairs: Pick<TokenPairs, 'obtain'>
  /** Hands the pair out in cookies rather than in the body (in the body). */
  readonly cookies?: TokenCookies | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `POST /api/token/`: username (or e-mail address) and password → `{ access, refresh }`. Wrong: 401 `no_active_account`. */
export function obtainPair({ passwords, pairs, cookies, clock = Date.now }: ObtainPairOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    cookies?.checkSignIn(request)
    const { login, password, code } = credentialsIn(fields)
    // Before the password is looked at: what ends the user's access meanwhile ends this sign-in too.
    const since = Math.floor(clock())
    const user = await passwords.verify(login, password, request, code)
    if (user === null) throw new AuthenticationFailed('no_active_account')
    const pair = await pairs.obtain(user, { since, by: requestedBy(request) })
    return cookies?.answer(pair) ?? jsonAnswer(pair)
  })
}
