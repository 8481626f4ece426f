import { AuthenticationFailed } from '../../core/errors.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { TokenPairs } from '../pairs.ts'
import { credentialsIn } from './credentials.ts'
import type { PasswordCheck } from './credentials.ts'
import { requiredTexts, tokenEndpoint } from './token-endpoint.ts'

export interface ObtainSlidingOptions {
  readonly passwords: PasswordCheck
  readonly pairs: Pick<TokenPairs, 'obtainSliding'>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** `POST /api/token/sliding/`: as for a pair → `{ token }`, which is access and refresh token in one. */
export function obtainSliding({ passwords, pairs, clock = Date.now }: ObtainSlidingOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    const { login, password, code } = credentialsIn(fields)
    const since = Math.floor(clock())
    const user = await passwords.verify(login, password, request, code)
    if (user === null) throw new AuthenticationFailed('no_active_account')
    return jsonAnswer({ token: await pairs.obtainSliding(user, { since, by: requestedBy(request) }) })
  })
}

/** `POST /api/token/sliding/refresh/`: `{ token }` → `{ token }`, which ends later. */
export function refreshSliding({ pairs }: { readonly pairs: Pick<TokenPairs, 'refreshSliding'> }): Endpoint {
  return tokenEndpoint(async (_request, fields) =>
    jsonAnswer({ token: await pairs.refreshSliding(requiredTexts(fields, 'token').token) }),
  )
}
