import type { Screen } from '../../screens/screen.ts'
import { workloadTrustScreens, type WorkloadTrustStores } from '../../screens/workload-trust.ts'
import { trustPlace } from './trust-place.ts'
import { keyPage, type KeyPageStores } from './key-page.ts'
import { keysList, type KeysListStores } from './keys-list.ts'
import { serviceAccountKeys, type ServiceAccountKeysStores } from './service-account-keys.ts'
import { serviceAccountNew, type ServiceAccountNewStores } from './service-account-new.ts'
import { serviceAccountPage, type ServiceAccountPageStores } from './service-account-page.ts'
import { serviceAccountsList, type ServiceAccountsListStores } from './service-accounts-list.ts'

export type KeyScreensStores = KeysListStores &
  KeyPageStores &
  ServiceAccountsListStores &
  ServiceAccountNewStores &
  ServiceAccountPageStores &
  ServiceAccountKeysStores &
  WorkloadTrustStores

/** The pages about API keys and the service accounts that have some. */
export function keyScreens(stores: KeyScreensStores): readonly Screen[] {
  return [
    keysList(stores),
    ...keyPage(stores),
    serviceAccountsList(stores),
    serviceAccountNew(stores),
    ...serviceAccountPage(stores),
    ...serviceAccountKeys(stores),
    ...workloadTrustScreens(trustPlace(stores), stores),
  ]
}
