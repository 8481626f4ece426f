import type { Screen } from '../../screens/screen.ts'
import { type UserApplicationsStores, userApplications } from './user-applications.ts'
import { type UserConfirmationStores, userConfirmations } from './user-confirmations.ts'
import { type UserCredentialsStores, userCredentials } from './user-credentials.ts'
import { userEdit } from './user-edit.ts'
import { type UserGroupsStores, userGroups } from './user-groups.ts'
import { userHistory } from './user-history.ts'
import { type UserLinkedStores, userLinked } from './user-linked.ts'
import { userImport, type UserImportStores } from './user-import.ts'
import { userMerge, type UserMergeStores } from './user-merge.ts'
import { userResetLink, type UserResetLinkStores } from './user-reset-link.ts'
import { userNew } from './user-new.ts'
import { type UserProfileStores, userProfile } from './user-profile.ts'
import { type UserSessionsStores, userSessions } from './user-sessions.ts'
import { usersExport, type UsersExportStores } from './users-export.ts'
import { type UsersListStores, usersList } from './users-list.ts'
import type { Users } from '../../accounts/users.ts'

export type UserScreensStores = UserProfileStores &
  Pick<UsersListStores, 'bulkUsers' | 'groups' | 'members'> &
  UserConfirmationStores &
  UserMergeStores &
  UserResetLinkStores &
  Pick<UserImportStores, 'hasher' | 'apps'> &
  Pick<UsersExportStores, 'database'> &
  UserSessionsStores &
  UserLinkedStores &
  UserCredentialsStores &
  UserApplicationsStores &
  UserGroupsStores & { readonly users: Users }

/** The pages about users. */
export function userScreens(stores: UserScreensStores): readonly Screen[] {
  return [
    usersList(stores),
    userNew(stores),
    userImport(stores),
    usersExport(stores),
    userProfile(stores),
    userEdit(stores),
    userMerge(stores),
    userResetLink(stores),
    userSessions(stores),
    userLinked(stores),
    userCredentials(stores),
    userApplications(stores),
    userGroups(stores),
    userHistory(stores),
    ...userConfirmations(stores),
  ]
}
