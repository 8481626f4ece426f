import { AuthenticationFailed } from '../../core/errors.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { TokenPairs } from '../pairs.ts'
import type { TokenCookies } from './token-cookies.ts'
import { optionalText, requiredTexts, tokenEndpoint } from './token-endpoint.ts'

export interface BlacklistTokenOptions {
  readonly pairs: Pick<TokenPairs, 'blacklist'>
  /** Takes the refresh token from a cookie where the body has none, and takes the cookies away (no). */
  readonly cookies?: TokenCookies | undefined
}

/** `POST /api/token/blacklist/`: `{ refresh }` → `{}`, and everything of that sign-in is over. Harmless twice. */
export function blacklistToken({ pairs, cookies }: BlacklistTokenOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    const by = requestedBy(request)
    const sent = cookies === undefined ? requiredTexts(fields, 'refresh').refresh : optionalText(fields, 'refresh')
    if (sent !== null) {
      await pairs.blacklist(sent, by)
      return cookies?.clear() ?? jsonAnswer({})
    }
    const kept = await cookies?.refreshToken(request)
    if (typeof kept === 'string') await pairs.blacklist(kept, by).catch(ignoreDead)
    return cookies?.clear() ?? jsonAnswer({})
  })
}

/** A browser that wants to sign out shall be rid of its cookies, however old they are. */
function ignoreDead(error: unknown): void {
  if (!(error instanceof AuthenticationFailed)) throw error
}
