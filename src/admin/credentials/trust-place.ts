import { shownName } from '../../pages/shown-name.ts'
import type { WorkloadTrustPlace } from '../../screens/workload-trust.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { serviceAccountOf } from './service-account-page.ts'

/** Where administrators find the workload trust of service accounts. */
export function trustPlace({
  serviceAccounts,
}: {
  readonly serviceAccounts: Pick<ServiceAccounts, 'find'>
}): WorkloadTrustPlace {
  return {
    path: 'service-accounts/:id/',
    find: async (visit) => {
      const account = await serviceAccountOf(visit, serviceAccounts)
      return {
        account: { ...account, name: shownName(account.name, account.id) },
        base: `/admin/service-accounts/${account.id}/`,
        crumbs: [{ href: '/admin/service-accounts/', text: 'Service accounts' }],
        api: `/api/admin/service-accounts/${account.id}/`,
        mayChange: true,
      }
    },
  }
}
