import { z } from 'zod'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import { checkMayActOn } from '../acting-on.ts'
import { actingUser } from '../acting-user.ts'
import { mayAdminister } from '../may-administer.ts'
import { accountOf, owner } from '../owner-account.ts'
import type { PastedToken, PastedTokens } from './pasted-tokens.ts'

export interface IssuedTokensApiStores {
  readonly pastedTokens: PastedTokens
  readonly users: Pick<Users, 'find'>
}

/**
 * What was found somewhere and looks like a token of ours: what it is, and its end. It is sent in the body, since addresses
 * are logged, and is kept nowhere.
 */
export function issuedTokensApi({ pastedTokens, users }: IssuedTokensApiStores): readonly Operation[] {
  const common = {
    tag: 'Found tokens',
    permission: mayAdminister,
    method: 'POST',
    body: z.strictObject({ token: z.string().min(1).max(16_384).meta({ description: 'The whole text.' }) }),
  } as const

  return [
    operation({
      ...common,
      path: `${path}look-up/`,
      summary: 'Look up what a token is, by its text',
      description:
        'Access and refresh tokens, API keys, API tokens, sessions and client secrets. 404: none of ours, or gone.',
      refuses: ['not_found'],
      answer: json(token),
      handler: async ({ body }) => {
        const found = await pastedTokens.find(body.token)
        if (found === null) throw new RequestRefused('not_found')
        return tokenAnswer(found)
      },
    }),
    operation({
      ...common,
      path: `${path}revoke/`,
      summary: 'Revoke a token by its text',
      description:
        'A refresh token ends with everything that it came of. Harmless twice. A client secret is ended by a rotation: 409.',
      refuses: ['not_found', 'conflict'],
      answer: nothing,
      handler: async ({ identity, body, by }) => {
        const found = await pastedTokens.find(body.token)
        if (found === null) throw new RequestRefused('not_found')
        const account = found.owner === null ? null : await accountOf(users, found.owner)
        if (account !== null) checkMayActOn(actingUser(identity), account)
        await pastedTokens.revoke(body.token, by)
        return undefined
      },
    }),
  ]
}

const path = '/api/admin/tokens/'

const token = z
  .object({
    kind: z.enum(['access_token', 'refresh_token', 'api_key', 'api_token', 'session', 'client_secret']),
    id: z.string(),
    format: z.enum(['opaque', 'jwt']),
    state: z.enum(['active', 'expired', 'revoked', 'disabled', 'spent']),
    owner: owner.nullable().meta({ description: 'null: a client acts for itself.' }),
    client_id: z.string().nullable(),
    grant: z.string().nullable().meta({ description: 'What it hangs on, and ends with.' }),
    scopes: z.array(z.string()).readonly().nullable().meta({ description: 'null: nothing narrows it.' }),
    created_at: moment,
    expires_at: momentOrNull,
  })
  .meta({ id: 'FoundToken', description: 'What a token is. There is nothing in it that could be used.' })

function tokenAnswer(found: PastedToken): z.input<typeof token> {
  return {
    kind: found.kind,
    id: found.id,
    format: found.format,
    state: found.state,
    owner: found.owner,
    client_id: found.clientId,
    grant: found.grantId,
    scopes: found.scopes,
    created_at: toMoment(found.createdAt),
    expires_at: toMoment(found.expiresAt),
  }
}
