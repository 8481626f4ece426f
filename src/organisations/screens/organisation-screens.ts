import type { Screen } from '../../screens/screen.ts'
import { deleteOrganisationScreen, type DeleteOrganisationScreenStores } from './delete-organisation-screen.ts'
import { invitationsScreen, type InvitationsScreenStores } from './invitations-screen.ts'
import { memberScreen, type MemberScreenStores } from './member-screen.ts'
import { membersScreen, type MembersScreenStores } from './members-screen.ts'
import { organisationRoles } from './organisation-roles.ts'
import { newInvitationScreen, type NewInvitationScreenStores } from './new-invitation-screen.ts'
import type { Place } from './place.ts'
import { removeMemberScreen, type RemoveMemberScreenStores } from './remove-member-screen.ts'
import type { RoleScreensStores } from './role-screens.ts'
import { serviceAccountScreens, type ServiceAccountScreensStores } from './service-account-screens.ts'
import { settingsScreen, type SettingsScreenStores } from './settings-screen.ts'
import { transferScreen, type TransferScreenStores } from './transfer-screen.ts'

export type OrganisationScreenStores = MembersScreenStores &
  MemberScreenStores &
  RemoveMemberScreenStores &
  InvitationsScreenStores &
  NewInvitationScreenStores &
  RoleScreensStores &
  ServiceAccountScreensStores &
  SettingsScreenStores &
  TransferScreenStores &
  DeleteOrganisationScreenStores

/** The pages of one organisation that its members and whoever runs the server have alike. */
export function organisationScreens(place: Place, stores: OrganisationScreenStores): readonly Screen[] {
  return [
    membersScreen(place, stores),
    memberScreen(place, stores),
    removeMemberScreen(place, stores),
    invitationsScreen(place, stores),
    newInvitationScreen(place, stores),
    ...organisationRoles(place, stores),
    ...serviceAccountScreens(place, stores),
    settingsScreen(place, stores),
    transferScreen(place, stores),
    deleteOrganisationScreen(place, stores),
  ]
}
