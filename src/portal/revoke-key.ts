import { RequestRefused } from '../core/errors.ts'
import { confirmation } from '../pages/forms.ts'
import { leave, type Screen } from '../screens/screen.ts'
import type { ApiKeys } from '../tokens/api-keys.ts'
import { dayOf, type KeyUsage } from '../tokens/key-usage.ts'
import { crumbsOf } from './key.ts'
import type { OwnKeys } from './own-keys.ts'

/** Asks before a key is revoked, with what it is used for now. */
export function revokeKey({
  apiKeys,
  keyUsage,
  ownKeys,
  clock,
}: {
  readonly apiKeys: Pick<ApiKeys, 'revoke'>
  readonly keyUsage: Pick<KeyUsage, 'days'>
  readonly ownKeys: OwnKeys
  readonly clock: () => number
}): Screen {
  return {
    path: 'keys/:id/revoke/',
    show: async (visit) => {
      const own = await ownKeys.find(visit, visit.params['id'] ?? '')
      const { key } = own
      if (key.revokedAt !== null) throw new RequestRefused('conflict', 'The key is revoked already.')
      const days = await keyUsage.days(key.id, dayOf(clock()) - 6)
      const used = days.reduce((sum, { requests, refused }) => sum + requests - refused, 0)
      return {
        title: 'Revoke the key?',
        crumbs: [...crumbsOf(own), { href: pageOf(key.id), text: key.name }],
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'revoke',
          button: 'Revoke',
          what: `The key ${key.masked} is dead at once and for good.`,
          stops: [
            used === 0 ? 'it was not used in the last week' : `${used} requests in the last week were let in by it`,
          ],
          cancel: pageOf(key.id),
        }),
      }
    },
    actions: {
      revoke: {
        isForActing: true,
        run: async (visit) => {
          const { key, action } = await ownKeys.find(visit, visit.params['id'] ?? '')
          await apiKeys.revoke(key.id, action)
          return leave(pageOf(key.id), 'The key is revoked.')
        },
      },
    },
  }
}

function pageOf(id: string): string {
  return `/portal/keys/${id}/`
}
