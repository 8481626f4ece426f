import type { Screen } from '../../screens/screen.ts'
import { accountKeyScreens, type AccountKeyScreenStores } from './account-key-screens.ts'
import { invitationScreens, type InvitationScreenStores } from './invitation-screens.ts'
import { memberScreens, type MemberScreenStores } from './member-screens.ts'
import { membersScreen, type MembersScreenStores } from './members-screen.ts'
import { organisationRoles } from './organisation-roles.ts'
import type { Place } from './place.ts'
import type { RoleScreensStores } from './role-screens.ts'
import { serviceAccountScreens } from './service-account-screens.ts'
import { settingsScreens, type SettingsScreenStores } from './settings-screens.ts'

export type OrganisationScreenStores = MembersScreenStores &
  MemberScreenStores &
  InvitationScreenStores &
  RoleScreensStores &
  AccountKeyScreenStores &
  SettingsScreenStores

/** The pages of one organisation that its members and whoever runs the server have alike. */
export function organisationScreens(place: Place, stores: OrganisationScreenStores): readonly Screen[] {
  return [
    membersScreen(place, stores),
    ...memberScreens(place, stores),
    ...invitationScreens(place, stores),
    ...organisationRoles(place, stores),
    ...serviceAccountScreens(place, stores),
    ...accountKeyScreens(place, stores),
    ...settingsScreens(place, stores),
  ]
}
