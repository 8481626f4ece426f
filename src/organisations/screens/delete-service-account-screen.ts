import { counted } from '../../accounts/holdings.ts'
import { confirmation } from '../../pages/forms.ts'
import { leave, type Screen } from '../../screens/screen.ts'
import type { ApiKeys } from '../../tokens/api-keys.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import type { WorkloadTrusts } from '../../tokens/workload-trusts.ts'
import type { Place } from './place.ts'
import { serviceAccountOf } from './service-account-of.ts'

export interface DeleteServiceAccountScreenStores {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find' | 'delete'>
  readonly apiKeys: Pick<ApiKeys, 'list'>
  readonly workloadTrusts: Pick<WorkloadTrusts, 'list'>
}

/** Deleting a service account with its keys. */
export function deleteServiceAccountScreen(
  place: Place,
  { serviceAccounts, apiKeys, workloadTrusts }: DeleteServiceAccountScreenStores,
): Screen {
  return {
    path: `${place.path}service-accounts/:account/delete/`,
    show: async (visit) => {
      const { account, base, crumbsBelow } = await serviceAccountOf(visit, place, serviceAccounts, 'delete')
      const keys = await apiKeys.list({ kind: 'service_account', id: account.id })
      const live = keys.filter(({ revokedAt }) => revokedAt === null).length
      const trusts = await workloadTrusts.list(account.id)
      return {
        title: `Delete ${account.name}?`,
        crumbs: crumbsBelow,
        content: confirmation({
          to: visit.path,
          proof: visit.form,
          action: 'delete',
          button: 'Delete it',
          what: 'The service account is gone for good, with its keys and tokens.',
          stops: [...counted(live, 'key'), ...counted(trusts.length, 'workload trust')],
          cancel: base,
        }),
      }
    },
    actions: {
      delete: {
        run: async (visit) => {
          const { entered, account } = await serviceAccountOf(visit, place, serviceAccounts, 'delete')
          await serviceAccounts.delete(account.id, {
            by: visit.by,
            organisationId: entered.organisation.id,
            allowedBy: entered.authority.userId,
          })
          return leave(`${entered.base}service-accounts/`, `${account.name} is deleted.`)
        },
      },
    },
  }
}
