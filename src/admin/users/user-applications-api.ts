import { z } from 'zod'
import type { UserRecord } from '../../accounts/user-record.ts'
import type { Users } from '../../accounts/users.ts'
import { json, nothing } from '../../api/answering.ts'
import { operation, type Operation } from '../../api/operation.ts'
import { id, moment, momentOrNull, toMoment } from '../../api/wire-values.ts'
import { RequestRefused } from '../../core/errors.ts'
import type { AllowedClients } from '../../oauth/allowed-clients.ts'
import { mayAdminister } from '../may-administer.ts'
import { mayActOnAccount } from './may-act-on-account.ts'

export interface UserApplicationsApiStores {
  readonly users: Pick<Users, 'find'>
  readonly allowedClients: AllowedClients
}

/** The applications that a user has allowed something, for administrators. */
export function userApplicationsApi({ users, allowedClients }: UserApplicationsApiStores): readonly Operation[] {
  const common = { tag: 'Users', permission: mayAdminister } as const
  const find = async ({ path: asked }: Asked): Promise<{ readonly account: UserRecord } | null> => {
    const account = await users.find(asked.id)
    return account === null ? null : { account }
  }
  return [
    operation({
      ...common,
      params: { id: id('a user') },
      object: { find },
      method: 'GET',
      path: `${path}{id}/applications/`,
      summary: 'List the applications that a user has allowed something',
      answer: json(z.object({ applications: z.array(allowed) })),
      handler: async ({ object }) => ({
        applications: (await allowedClients.list(object.account.id)).map(
          ({ clientId, name, scopes, since, lastUsedAt, isOffline }) => ({
            client_id: clientId,
            name,
            scopes,
            since: toMoment(since),
            last_used_at: toMoment(lastUsedAt),
            is_offline: isOffline,
          }),
        ),
      }),
    }),
    operation({
      ...common,
      params: { id: id('a user'), client_id: z.string().max(2048).meta({ description: 'The id of the application.' }) },
      object: { find, permission: mayActOnAccount },
      method: 'DELETE',
      path: `${path}{id}/applications/{client_id}/`,
      summary: 'Take back for a user what an application was allowed, with its tokens',
      answer: nothing,
      handler: async ({ object, path: { client_id: clientId }, by }) => {
        if (await allowedClients.withdraw(object.account.id, clientId, by)) return undefined
        throw new RequestRefused('not_found')
      },
    }),
  ]
}

const path = '/api/admin/users/'

interface Asked {
  readonly path: { readonly id: string }
}

const allowed = z
  .object({
    client_id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()).readonly(),
    since: moment,
    last_used_at: momentOrNull.meta({ description: 'To the minute; null: not since this is kept.' }),
    is_offline: z.boolean().meta({ description: 'Whether it may act while they are away.' }),
  })
  .meta({ id: 'AllowedApplication', description: 'What a user has allowed an application.' })
