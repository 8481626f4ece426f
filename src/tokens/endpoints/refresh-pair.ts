import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import { notValid } from '../pair-verifier.ts'
import type { TokenPairs } from '../pairs.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { TokenCookies } from './token-cookies.ts'
import { optionalText, requiredTexts, tokenEndpoint } from './token-endpoint.ts'

export interface RefreshPairOptions {
  readonly pairs: Pick<TokenPairs, 'refresh'>
  /** Takes the refresh token from a cookie where the body has none, and hands the next pair out in cookies (no). */
  readonly cookies?: TokenCookies | undefined
}

/** `POST /api/token/refresh/`: `{ refresh }` → `{ access, refresh }`. A token that is no good: 401 `token_not_valid`. */
export function refreshPair({ pairs, cookies }: RefreshPairOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    const client = { fingerprint: fingerprintOf(request), by: requestedBy(request) }
    const sent = cookies === undefined ? requiredTexts(fields, 'refresh').refresh : optionalText(fields, 'refresh')
    if (sent !== null) return jsonAnswer(await pairs.refresh(sent, client))
    const kept = await cookies?.refreshToken(request)
    if (kept === null || kept === undefined || cookies === undefined) throw notValid('neither a field nor a cookie')
    return cookies.answer(await pairs.refresh(kept, client))
  })
}
