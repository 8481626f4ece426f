import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { flag, id, moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import type { GrantList, GrantRecord } from '../../oauth/grant-list.ts'
import type { Grants } from '../../oauth/grants.ts'
import { parseId } from '../../storage/id.ts'
import { mayActOnAccount } from '../users/may-act-on-account.ts'
import { mayAdminister } from '../may-administer.ts'

export interface GrantsApiStores {
  readonly grantList: GrantList
  readonly grants: Pick<Grants, 'end'>
  readonly users: Pick<Users, 'find'>
}

/** What users have allowed clients, for administrators. A grant ends with all its tokens: there is no deleting beside that. */
export function grantsApi({ grantList, grants, users }: GrantsApiStores): readonly Operation[] {
  const common = { tag: 'Grants', permission: mayAdminister } as const
  const find = async ({ path }: { readonly path: { readonly id: string } }): Promise<Found | null> => {
    const found = await grantList.read(path.id)
    return found === null ? null : { grant: found, account: await users.find(found.userId) }
  }
  const one = { ...common, params: { id: id('a grant') } } as const

  return [
    operation({
      ...common,
      method: 'GET',
      path,
      summary: 'List grants, newest first',
      isPaged: true,
      query: {
        user: id('a user').optional(),
        client_id: z.string().max(2048).optional().meta({ description: 'Only those of this client (all).' }),
        alive: flag('Only those that are not over, or only those that were revoked (all).'),
      },
      answer: json(z.object({ grants: z.array(grant), next: z.string().nullable() })),
      handler: async ({ query, page }) => {
        const filter = { userId: query.user, clientId: query.client_id, isAlive: query.alive }
        const { items, next } = await grantList.page(filter, page)
        return { grants: items.map(grantAnswer), next }
      },
    }),
    operation({
      ...one,
      method: 'GET',
      path: `${path}{id}/`,
      summary: 'Read a grant',
      object: { find },
      answer: json(grant),
      handler: async ({ object }) => grantAnswer(object.grant),
    }),
    operation({
      ...one,
      method: 'POST',
      path: `${path}{id}/revoke/`,
      summary: 'Revoke a grant with all its tokens',
      description: 'Refresh tokens of the whole family and access tokens of every kind end with it. Harmless twice.',
      object: { find, permission: mayActOnAccount },
      answer: nothing,
      handler: async ({ object, by }) => {
        const wanted = parseId(object.grant.id)
        if (wanted !== null) await grants.end(wanted, 'revoked', by)
        return undefined
      },
    }),
  ]
}

const path = '/api/admin/grants/'

interface Found {
  readonly grant: GrantRecord
  readonly account: UserRecord | null
}

const grant = z
  .object({
    id: z.string(),
    client_id: z.string(),
    client_name: z.string(),
    user: z.string(),
    username: z.string(),
    scopes: z.array(z.string()).readonly(),
    resources: z.array(z.string()).readonly(),
    is_offline: z.boolean().meta({ description: 'Whether it lives on when its sign-in ends.' }),
    created_at: moment,
    last_used_at: momentOrNull.meta({ description: 'To the minute; null: not since this is kept.' }),
    expires_at: moment,
    revoked_at: momentOrNull,
    revoked_for: z.string().nullable(),
  })
  .meta({ id: 'Grant', description: 'One authorization of a client by a user. All its tokens end with it.' })

function grantAnswer(record: GrantRecord): z.input<typeof grant> {
  return {
    id: record.id,
    client_id: record.clientId,
    client_name: record.clientName,
    user: record.userId,
    username: record.username,
    scopes: record.scopes,
    resources: record.resources,
    is_offline: record.isOffline,
    created_at: toMoment(record.createdAt),
    last_used_at: toMoment(record.lastUsedAt),
    expires_at: toMoment(record.expiresAt),
    revoked_at: toMoment(record.revokedAt),
    revoked_for: record.revokedFor,
  }
}
