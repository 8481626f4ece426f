import type { Screen } from '../screens/screen.ts'
import { accessTester, type AccessTesterStores } from './access-tester.ts'
import { applicationScreens, type ApplicationScreensStores } from './application-screens.ts'
import { keyScreens, type KeyScreensStores } from './key-screens.ts'
import { overview, type OverviewStores } from './overview.ts'
import { signInProvider, signInProviders, type SignInProvidersStores } from './sign-in-providers.ts'
import { tokenScreens, type TokenScreensStores } from './token-screens.ts'
import { userScreens, type UserScreensStores } from './user-screens.ts'

export type AdminScreensStores = OverviewStores &
  UserScreensStores &
  SignInProvidersStores &
  ApplicationScreensStores &
  TokenScreensStores &
  KeyScreensStores &
  AccessTesterStores

/** Everything under `/admin/`, in the order of its menu. */
export function adminScreens(stores: AdminScreensStores): readonly Screen[] {
  return [
    overview(stores),
    ...userScreens(stores),
    signInProviders(stores),
    signInProvider(stores),
    ...applicationScreens(stores),
    ...keyScreens(stores),
    ...tokenScreens(stores),
    accessTester(stores),
  ]
}
