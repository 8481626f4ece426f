import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { ApiTokenList } from '../../tokens/api-token-list.ts'
import type { ApiTokenRecord } from '../../tokens/api-token-record.ts'
import type { ApiTokens } from '../../tokens/api-tokens.ts'
import { mayActOnAccount } from '../users/may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'
import { accountOf, owner, ownerSent } from '../owner-account.ts'

export interface TokensApiStores {
  readonly tokenList: ApiTokenList
  readonly apiTokens: Pick<ApiTokens, 'revoke'>
  readonly users: Pick<Users, 'find'>
}

/** The API tokens (`Authorization: Token …`) of all users and service accounts, for administrators. */
export function tokensApi({ tokenList, apiTokens, users }: TokensApiStores): readonly Operation[] {
  const common = { tag: 'API tokens', permission: mayAdminister } as const
  const find = async ({ path }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const found = await tokenList.read(path.id)
    return found === null ? null : { token: found, account: await accountOf(users, found.owner) }
  }
  const one = { ...common, params: { id: id('a token') } } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List API tokens, newest first',
      isPaged: true,
      query: {
        owner: ownerSent.optional(),
        expires: flag('Only those that end by themselves, or that never do (all).'),
      },
      answer: json(z.object({ tokens: z.array(token), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const { items, next } = await tokenList.page(query, page)
        return { tokens: items.map(tokenAnswer), next }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read an API token',
      object: { find },
      answer: json(token),
      handler: async ({ object }) => tokenAnswer(object.token),
    }),
    operation({
      ...one,
      method: 'DELETE',
      path: `${path}{id}/`,
      summary: 'Revoke an API token, for good',
      object: { find, permission: mayActOnAccount },
      answer: nothing,
      handler: async ({ object, by }) => apiTokens.revoke(object.token.id, { by }).then(() => undefined),
    }),
  ]
}

const path = '/api/admin/api-tokens/'

interface Found {
  readonly token: ApiTokenRecord
  readonly account: UserRecord | null
}

const token = z
  .object({
    id: z.string(),
    owner,
    name: z.string(),
    masked: z.string().meta({ description: 'How it begins.' }),
    created_at: moment,
    expires_at: momentOrNull,
    last_used_at: momentOrNull,
  })
  .meta({ id: 'ApiToken', description: 'An API token. There is nothing in it that could be used.' })

function tokenAnswer(record: ApiTokenRecord): z.input<typeof token> {
  return {
    id: record.id,
    owner: record.owner,
    name: record.name,
    masked: record.masked,
    created_at: toMoment(record.createdAt),
    expires_at: toMoment(record.expiresAt),
    last_used_at: toMoment(record.lastUsedAt),
  }
}
