import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint } from '../../http/exchange.ts'
import type { TokenPairs } from '../pairs.ts'
import { requiredTexts, tokenEndpoint } from './token-endpoint.ts'

/** `POST /api/token/verify/`: `{ token }`, of any type → `{}` where it would be taken now, else 401 `token_not_valid`. */
export function verifyToken({ pairs }: { readonly pairs: Pick<TokenPairs, 'verify'> }): Endpoint {
  return tokenEndpoint(async (_request, fields) => {
    await pairs.verify(requiredTexts(fields, 'token').token)
    return jsonAnswer({})
  })
}
