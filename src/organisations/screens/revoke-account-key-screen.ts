import { RequestRefused } from '../../core/errors.ts'
import { confirmation } from '../../pages/forms.ts'
import { leave, type Screen, type Visit } from '../../screens/screen.ts'
import type { ApiKeyRecord, ApiKeys } from '../../tokens/api-keys.ts'
import type { Owner } from '../../tokens/owner.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import type { Place } from './place.ts'
import { type FoundServiceAccount, serviceAccountOf } from './service-account-of.ts'

export interface RevokeAccountKeyScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
  readonly apiKeys: Pick<ApiKeys, 'list' | 'revoke'>
}

/** Revoking a key of a service account. */
export function revokeAccountKeyScreen(
  place: Place,
  { serviceAccounts, apiKeys }: RevokeAccountKeyScreenStores,
): Screen {
  async function keyOf(visit: Visit): Promise<FoundKey> {
    const found = await serviceAccountOf(visit, place, serviceAccounts, 'change')
    const owner = { kind: 'service_account', id: found.account.id } as const
    const key = (await apiKeys.list(owner)).find(({ id }) => id === visit.params['key'])
    if (key === undefined) throw new RequestRefused('not_found', 'There is no such key.')
    return { ...found, owner, key }
  }

  return {
    path: `${place.path}service-accounts/:account/keys/:key/revoke/`,
    show: async (visit) => {
      const { key, base, crumbsBelow } = await keyOf(visit)
      return {
        title: `Revoke the key ${key.name}?`,
        crumbs: crumbsBelow,
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'revoke',
          button: 'Revoke the key',
          what: 'It is refused from the next request on, for good.',
          stops: [`the key ${key.masked}`],
          cancel: base,
        }),
      }
    },
    actions: {
      revoke: {
        run: async (visit) => {
          const { entered, owner, key, base } = await keyOf(visit)
          await apiKeys.revoke(key.id, { by: visit.by, owner, allowedBy: entered.authority.userId })
          return leave(base, 'The key is revoked.')
        },
      },
    },
  }
}

interface FoundKey extends FoundServiceAccount {
  readonly owner: Owner
  readonly key: ApiKeyRecord
}
