import type { Groups } from '../../accounts/groups.ts'
import type { Screen } from '../../screens/screen.ts'
import { groupDeletion, type GroupDeletionStores } from './group-deletion.ts'
import { groupNew } from './group-new.ts'
import { groupPage, type GroupPageStores } from './group-page.ts'
import { groupsList } from './groups-list.ts'

export type GroupScreensStores = GroupPageStores & GroupDeletionStores & { readonly groups: Pick<Groups, 'create'> }

/** Groups: permissions that people share, whose members are looked after on the pages of users. */
export function groupScreens(stores: GroupScreensStores): readonly Screen[] {
  return [groupsList(stores), groupNew(stores), groupPage(stores), groupDeletion(stores)]
}
