import { RequestRefused } from '../core/errors.ts'
import type { Visit } from '../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../tokens/api-keys.ts'
import type { KeyAction } from '../tokens/api-keys.ts'
import type { Owner } from '../tokens/owner.ts'
import type { ServiceAccountRecord, ServiceAccounts } from '../tokens/service-accounts.ts'
import { isTheirs } from '../accounts/is-theirs.ts'

export interface OwnKeysOptions {
  readonly apiKeys: Pick<ApiKeys, 'get' | 'list'>
  readonly serviceAccounts: Pick<ServiceAccounts, 'find' | 'list'>
}

/** What a person may look after: their own keys, and those of the service accounts that they answer for. */
export interface OwnKeys {
  /** Throws `not_found` for a key of somebody else, as for one that is not there. */
  readonly find: (visit: Visit, id: string) => Promise<OwnKey>
  /** Throws `not_found` for a service account that somebody else answers for, and for one of an organisation that they have left. */
  readonly account: (visit: Visit, id: string) => Promise<ServiceAccountRecord>
  /** All of them. */
  readonly accounts: (visit: Visit) => Promise<readonly ServiceAccountRecord[]>
}

export interface OwnKey {
  readonly key: ApiKeyRecord
  /** The service account that it belongs to, `null` where it is the person's own. */
  readonly account: ServiceAccountRecord | null
  /** For what is done with it: only while it is still that owner's. */
  readonly action: KeyAction
}

export function createOwnKeys({ apiKeys, serviceAccounts }: OwnKeysOptions): OwnKeys {
  async function account({ user }: Visit, id: string): Promise<ServiceAccountRecord> {
    const found = await serviceAccounts.find(id)
    if (found === null || !isTheirs(found, user)) throw new RequestRefused('not_found')
    return found
  }

  return {
    account,
    accounts: async ({ user }) =>
      (await serviceAccounts.list({ ownerId: user.id })).filter((found) => isTheirs(found, user)),
    find: async (visit, id) => {
      const key = await apiKeys.get(id)
      if (key === null) throw new RequestRefused('not_found')
      const { owner } = key
      const action = { by: visit.by, owner }
      if (owner.kind === 'service_account') return { key, account: await account(visit, owner.id), action }
      if (owner.id !== visit.user.id) throw new RequestRefused('not_found')
      return { key, account: null, action }
    },
  }
}

/** The owner of what a person makes for themselves. */
export function ownerOf({ user }: Visit): Owner {
  return { kind: 'user', id: user.id }
}
