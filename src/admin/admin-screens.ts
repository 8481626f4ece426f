import type { Screen } from '../screens/screen.ts'
import { overview, type OverviewStores } from './overview.ts'
import { userScreens, type UserScreensStores } from './user-screens.ts'

export type AdminScreensStores = OverviewStores & UserScreensStores

/** Everything under `/admin/`, in the order of its menu. */
export function adminScreens(stores: AdminScreensStores): readonly Screen[] {
  return [overview(stores), ...userScreens(stores)]
}
