import type { Screen } from '../../screens/screen.ts'
import { deleteServiceAccountScreen, type DeleteServiceAccountScreenStores } from './delete-service-account-screen.ts'
import { newAccountKeyScreen, type NewAccountKeyScreenStores } from './new-account-key-screen.ts'
import { newServiceAccountScreen, type NewServiceAccountScreenStores } from './new-service-account-screen.ts'
import { workloadTrustScreens, type WorkloadTrustStores } from '../../screens/workload-trust.ts'
import { trustPlace } from './trust-place.ts'
import type { Place } from './place.ts'
import { revokeAccountKeyScreen, type RevokeAccountKeyScreenStores } from './revoke-account-key-screen.ts'
import { serviceAccountScreen, type ServiceAccountScreenStores } from './service-account-screen.ts'
import { serviceAccountsScreen, type ServiceAccountsScreenStores } from './service-accounts-screen.ts'

export type ServiceAccountScreensStores = ServiceAccountsScreenStores &
  NewServiceAccountScreenStores &
  ServiceAccountScreenStores &
  DeleteServiceAccountScreenStores &
  NewAccountKeyScreenStores &
  RevokeAccountKeyScreenStores &
  Omit<WorkloadTrustStores, 'scopes'>

/** The service accounts of an organisation: all of them, a new one, one with its keys, and deleting one. */
export function serviceAccountScreens(place: Place, stores: ServiceAccountScreensStores): readonly Screen[] {
  return [
    serviceAccountsScreen(place, stores),
    newServiceAccountScreen(place, stores),
    serviceAccountScreen(place, stores),
    deleteServiceAccountScreen(place, stores),
    newAccountKeyScreen(place, stores),
    revokeAccountKeyScreen(place, stores),
    ...workloadTrustScreens(trustPlace(place, stores), { ...stores, scopes: {} }),
  ]
}
