import type { Invited } from '../accounts/by-mail/sign-ups.ts'
import type { UserClaimTable } from '../oauth/user-claims.ts'
import { createInvitationMail, invitationLink } from '../organisations/invitation-mail.ts'
import { createInvitations, type Invitations } from '../organisations/invitations.ts'
import { createDefaultOrganisations, type DefaultOrganisations } from '../organisations/default-organisations.ts'
import { createMembers, type Members } from '../organisations/members.ts'
import { createOrganisations, type Organisations, type OrganisationsOptions } from '../organisations/organisations.ts'
import { createFindRights, type FindRights } from '../organisations/rights.ts'
import { createRoleGrants, type RoleGrants } from '../organisations/role-grants.ts'
import { roleUserClaims } from '../organisations/role-user-claims.ts'
import { createRoles, type Roles } from '../organisations/roles.ts'
import type { OrganisationScreenStores } from '../organisations/screens/organisation-screens.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { baseUrlOf } from './addresses.ts'
import type { Instance } from './instance.ts'
import type { MailServices } from './mail-services.ts'
import type { Settings } from './settings.ts'

/** Who belongs together, and who has which role. */
export interface OrganisationStores {
  readonly organisations: Organisations
  readonly members: Members
  readonly invitations: Invitations
  readonly roles: Roles
  readonly roleGrants: RoleGrants
  readonly defaults: DefaultOrganisations
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
    defaults: createDefaultOrganisations(common),
  }
}

/** What applications are told of roles, where the catalogue of scopes has `roles` or `organisations`; then the claims of the application. */
export function userClaimsFor({ oauthScopes }: Settings, own: UserClaimTable = {}): UserClaimTable {
  const told = Object.entries(roleUserClaims).filter(([, { scope }]) => Object.hasOwn(oauthScopes, scope ?? ''))
  return { ...Object.fromEntries(told), ...own }
}

/** What the pages of organisations need, in the account and in the console. */
export function organisationPageStores({
  settings,
  orgs,
  serviceAccounts,
  apiKeys,
  workloadTrusts,
  mail,
  clock,
}: Instance): OrganisationScreenStores & OrganisationStores {
  const { members, roleGrants, roles, invitations, organisations, defaults } = orgs
  return {
    organisations,
    members,
    roles,
    roleGrants,
    invitations,
    defaults,
    serviceAccounts,
    apiKeys,
    workloadTrusts,
    clock,
    origin: baseUrlOf(settings),
    linkOf: (token) => invitationLink(baseUrlOf(settings), token),
    isMailed: mail.outbox.isOpen,
  }
}

/** Answers what somebody may do, and by what. */
export function findRightsOf({ users, groups, orgs, clock }: Instance): FindRights {
  return createFindRights({ users, groups, ...orgs, clock })
}

/** Who is let in to sign up by an invitation, and what the page says of it. */
export function invitedBy({ invitations }: Pick<OrganisationStores, 'invitations'>) {
  return async (token: string): Promise<Invited | null> => {
    const invitation = await invitations.read(token)
    if (invitation === null || invitation.state !== 'waiting' || invitation.isSuspended) return null
    const who = invitation.inviterName ?? 'The administration'
    return { email: invitation.email, sentence: `${who} invites you to ${invitation.organisationName}.` }
  }
}
