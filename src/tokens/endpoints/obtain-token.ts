import { RequestRefused } from '../../core/errors.ts'
import { jsonAnswer } from '../../http/exchange.ts'
import type { Endpoint, Exchange } from '../../http/exchange.ts'
import { requestedBy } from '../../http/requested-by.ts'
import type { ApiTokens } from '../api-tokens.ts'
import { actorOf } from '../owner.ts'
import { credentialsIn } from './credentials.ts'
import type { PasswordCheck } from './credentials.ts'
import { tokenEndpoint } from './token-endpoint.ts'

export interface ObtainTokenOptions {
  readonly passwords: PasswordCheck
  readonly apiTokens: Pick<ApiTokens, 'issue'>
  /** Whether the answer tells, as `expiry`, when the token ends: ISO 8601, or `null` (false). */
  readonly expiry?: boolean
}

/**
 * `POST /api/token-auth/`, and `/api/token/` where opaque tokens are handed out: username (or e-mail address) and password →
 * `{ token }`, a new one each time. Wrong: 400 `authorization`, with `non_field_errors` as Django REST framework has it.
 */
export function obtainToken({ passwords, apiTokens, expiry = false }: ObtainTokenOptions): Endpoint {
  return tokenEndpoint(async (request, fields) => {
    const { login, password, code } = credentialsIn(fields)
    const user = await passwords.verify(login, password, request, code)
    if (user === null) throw wrongCredentials()
    const by = { ...requestedBy(request), actor: actorOf(user) }
    const { text, record } = await apiTokens.issue({ owner: user, name: nameOf(request), by })
    const end = record.expiresAt === null ? null : new Date(record.expiresAt).toISOString()
    return jsonAnswer(expiry ? { token: text, expiry: end } : { token: text })
  })
}

function wrongCredentials(): RequestRefused {
  const refused = new RequestRefused('authorization')
  return new RequestRefused('authorization', refused.message, { body: { non_field_errors: [refused.message] } })
}

/** By which its owner knows it again in the list of their tokens. */
function nameOf({ headers }: Exchange): string {
  const agent = (headers.get('user-agent') ?? '').replaceAll(/[^\x20-\x7e]/g, '').trim()
  return agent === '' ? 'Sign-in by password' : `Sign-in by password, ${agent}`.slice(0, 100).trim()
}
