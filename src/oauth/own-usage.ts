import { isTheirs } from '../accounts/is-theirs.ts'
import type { User } from '../core/identity.ts'
import type { Quota } from '../core/throttle.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import { dayOf, type KeyUsage, type UsageDay } from '../tokens/key-usage.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../tokens/service-accounts.ts'
import type { ClientUsage, ClientUsageDay } from './client-usage.ts'
import type { ClientRecord, Clients } from './clients.ts'

export interface OwnUsageOptions {
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'list'>
  readonly keyUsage: Pick<KeyUsage, 'daysOf' | 'sums'>
  readonly clients: Pick<Clients, 'list'>
  readonly clientUsage: Pick<ClientUsage, 'sums'>
  /** What is left now of each limit that somebody runs into. */
  readonly quotas: (who: {
    readonly user: User
    readonly address: string | null
    readonly accounts: readonly ServiceAccountRecord[]
    readonly keys: readonly ApiKeyRecord[]
  }) => Promise<readonly OwnLimit[]>
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What is left of one limit; `of` says in words what it counts. */
export type OwnLimit = Quota & { readonly of: string }

/** What somebody's keys and applications did in the last 30 days, and what is left of their limits. */
export interface OwnUsage {
  /** Of the keys together: the days on which they were used, oldest first. */
  readonly days: readonly UsageDay[]
  /** Their own keys, and those of the service accounts that they answer for. */
  readonly keys: readonly { readonly key: ApiKeyRecord; readonly sum: Omit<UsageDay, 'day'> }[]
  /** The first hundred applications that they answer for. */
  readonly apps: readonly { readonly app: ClientRecord; readonly sum: Omit<ClientUsageDay, 'day'> }[]
  readonly limits: readonly OwnLimit[]
}

export type FindOwnUsage = (user: User, address: string | null) => Promise<OwnUsage>

export function createFindOwnUsage(options: OwnUsageOptions): FindOwnUsage {
  const { apiKeys, serviceAccounts, keyUsage, clients, clientUsage, quotas, clock = Date.now } = options

  return async (user, address) => {
    const since = dayOf(clock()) - 29
    const [accounts, apps] = await Promise.all([
      serviceAccounts.list({ ownerId: user.id }).then((all) => all.filter((one) => isTheirs(one, user))),
      clients
        .list({ owner: user.id, limit: mostApps })
        .then((page) => page.clients.filter((one) => isTheirs(one, user))),
    ])
    const owners = [
      { kind: 'user' as const, id: user.id },
      ...accounts.map(({ id }) => ({ kind: 'service_account' as const, id })),
    ]
    const keys = (await Promise.all(owners.map(async (owner) => apiKeys.list(owner)))).flat()
    const keyIds = keys.map(({ id }) => id)
    const appIds = apps.map(({ id }) => id)
    const [days, ofKeys, ofApps, limits] = await Promise.all([
      keyUsage.daysOf(keyIds, since),
      keyUsage.sums(keyIds, since),
      clientUsage.sums(appIds, since),
      quotas({ user, address, accounts, keys }),
    ])
    return {
      days,
      keys: keys.map((key) => ({ key, sum: ofKeys.get(key.id) ?? { requests: 0, refused: 0 } })),
      apps: apps.map((app) => ({ app, sum: ofApps.get(app.id) ?? { tokens: 0, requests: 0, refused: 0 } })),
      limits,
    }
  }
}

const mostApps = 100
