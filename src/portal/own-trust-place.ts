import type { WorkloadTrustPlace } from '../screens/workload-trust.ts'
import type { OwnKeys } from './own-keys.ts'
import { crumbs } from './service-account.ts'

/** Where people find the workload trust of the service accounts that they answer for. */
export function ownTrustPlace(ownKeys: Pick<OwnKeys, 'account'>): WorkloadTrustPlace {
  return {
    path: 'service-accounts/:account/',
    find: async (visit) => {
      const account = await ownKeys.account(visit, visit.params['account'] ?? '')
      const base = `/portal/service-accounts/${account.id}/`
      return { account, base, crumbs, api: `/api/account/service-accounts/${account.id}/`, mayChange: true }
    },
  }
}
