import { organisationScreens, type OrganisationScreenStores } from '../../organisations/screens/organisation-screens.ts'
import type { Screen } from '../../screens/screen.ts'
import { type GroupScreensStores, groupScreens } from '../roles/group-screens.ts'
import { invitationsList, type InvitationsListStores } from '../users/invitations-list.ts'
import { operatorPlace } from './operator-place.ts'
import { organisationPage, type OrganisationPageStores } from './organisation-page.ts'
import { organisationNew, type OrganisationNewStores } from './organisation-new.ts'
import { organisationsList, type OrganisationsListStores } from './organisations-list.ts'
import { adminRoles } from '../roles/roles.ts'
import { userRights, type UserRightsStores } from '../users/user-rights.ts'
import { userRoles, type UserRolesStores } from '../users/user-roles.ts'

export type AdminOrganisationStores = OrganisationsListStores &
  OrganisationNewStores &
  OrganisationPageStores &
  OrganisationScreenStores &
  InvitationsListStores &
  GroupScreensStores &
  UserRolesStores &
  UserRightsStores

/** The pages about organisations, invitations, groups and roles, in the order of the menu. */
export function adminOrganisationScreens(stores: AdminOrganisationStores): readonly Screen[] {
  return [
    organisationsList(stores),
    organisationNew(stores),
    ...organisationPage(stores),
    ...organisationScreens(operatorPlace(stores), stores),
    invitationsList(stores),
    ...groupScreens(stores),
    ...adminRoles(stores),
    userRoles(stores),
    userRights(stores),
  ]
}
