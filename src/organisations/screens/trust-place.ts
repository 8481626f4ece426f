import type { WorkloadTrustPlace } from '../../screens/workload-trust.ts'
import type { ServiceAccounts } from '../../tokens/service-accounts.ts'
import { may } from '../authority.ts'
import { apiPathOf, type Place } from './place.ts'
import { serviceAccountOf } from './service-account-of.ts'

/** Where the workload trust of the service accounts of an organisation is. */
export function trustPlace(
  place: Place,
  { serviceAccounts }: { readonly serviceAccounts: Pick<ServiceAccounts, 'find'> },
): WorkloadTrustPlace {
  return {
    path: `${place.path}service-accounts/:account/`,
    find: async (visit, action) => {
      const { entered, account, base, crumbs } = await serviceAccountOf(visit, place, serviceAccounts, action)
      const { organisation, authority } = entered
      return {
        account,
        base,
        crumbs,
        api: `${place.api}${organisation.id}/${apiPathOf({ kind: 'service_account', account })}`,
        mayChange: may(authority, 'service_accounts.change') && organisation.suspendedAt === null,
        allowedBy: authority.userId,
      }
    },
  }
}
