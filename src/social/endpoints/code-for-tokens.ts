import { textOf } from '../../accounts/browser-session.ts'
import { RequestRefused } from '../../core/errors.ts'
import { jsonAnswer, type Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { TokenPairs } from '../../tokens/pairs.ts'
import type { TokenCookies } from '../../tokens/endpoints/token-cookies.ts'
import { tokenEndpoint } from '../../tokens/endpoints/token-endpoint.ts'
import type { AppSignIns } from '../app-sign-ins.ts'

export interface CodeForTokensOptions {
  readonly appSignIns: Pick<AppSignIns, 'redeem'>
  readonly pairs: Pick<TokenPairs, 'obtain'>
  /** Hands the pair out in cookies rather than in the body (in the body). */
  readonly cookies?: TokenCookies | undefined
}

/**
 * `POST /api/token/social/`: `code`, `code_verifier` and `redirect_uri` → `{ access, refresh }`, once. The redirect address has to be
 * the one that the code was sent to (as in RFC 6749, section 4.1.3).
 */
export function codeForTokensEndpoint({ appSignIns, pairs, cookies }: CodeForTokensOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    cookies?.checkSignIn(request)
    const [code, verifier, redirectUri] = names.map((name) => textOf(fields, name))
    // By field, as other endpoints say it, `code` would stand for two things.
    if (!code || !verifier || !redirectUri)
      throw new RequestRefused('invalid_request', `Send ${names.join(', ')}, as texts.`)
    const { user, since } = await appSignIns.redeem({ code, verifier, redirectUri })
    const pair = await pairs.obtain(user, { since, by: requestedBy(request) })
    return cookies?.answer(pair) ?? jsonAnswer(pair)
  })
}

const names = ['code', 'code_verifier', 'redirect_uri'] as const
