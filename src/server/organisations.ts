import type { UserClaimTable } from '../oauth/user-claims.ts'
import { createInvitationMail } from '../organisations/invitation-mail.ts'
import { createInvitations, type Invitations } from '../organisations/invitations.ts'
import { createMembers, type Members } from '../organisations/members.ts'
import { createOrganisations, type Organisations, type OrganisationsOptions } from '../organisations/organisations.ts'
import { createRoleGrants, type RoleGrants } from '../organisations/role-grants.ts'
import { roleUserClaims } from '../organisations/role-user-claims.ts'
import { createRoles, type Roles } from '../organisations/roles.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { baseUrlOf, type MailServices } from './mail-services.ts'
import type { Settings } from './settings.ts'

/** Who belongs together, and who has which role. */
export interface OrganisationStores {
  readonly organisations: Organisations
  readonly members: Members
  readonly invitations: Invitations
  readonly roles: Roles
  readonly roleGrants: RoleGrants
}

export interface OrganisationTools extends OrganisationsOptions {
  readonly settings: Settings
  readonly format: TokenFormat
  readonly mail: Pick<MailServices, 'outbox'>
}

export function createOrganisationStores({ settings, format, mail, ...common }: OrganisationTools): OrganisationStores {
  return {
    organisations: createOrganisations(common),
    members: createMembers(common),
    invitations: createInvitations({
      ...common,
      format,
      invitationLifetime: settings.invitationLifetime,
      notify: createInvitationMail({ outbox: mail.outbox, baseUrl: baseUrlOf(settings) }),
    }),
    roles: createRoles(common),
    roleGrants: createRoleGrants(common),
  }
}

/** What applications are told of roles, where the catalogue of scopes has `roles` or `organisations`; then the claims of the application. */
export function userClaimsFor({ oauthScopes }: Settings, own: UserClaimTable = {}): UserClaimTable {
  const told = Object.entries(roleUserClaims).filter(([, { scope }]) => Object.hasOwn(oauthScopes, scope ?? ''))
  return { ...Object.fromEntries(told), ...own }
}
