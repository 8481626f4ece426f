import type { ActedBy } from '../accounts/acted-by.ts'
import type { RolePlace, RuleOutcome } from './claim-rules.ts'

/** What rules need of organisations. */
export interface OrganisationEffectsStores {
  readonly organisations: { readonly findBySlug: (slug: string) => Promise<FoundOrganisation | null> }
  readonly members: {
    readonly find: (organisationId: string, userId: string) => Promise<{ readonly standing: string } | null>
    readonly add: (organisationId: string, userId: string, standing: 'member', by: ActedBy) => Promise<void>
    readonly remove: (organisationId: string, userId: string, by: ActedBy) => Promise<void>
  }
  readonly roles: {
    readonly findByName: (name: string, organisationId: string | null) => Promise<{ readonly id: string } | null>
  }
  readonly roleGrants: {
    readonly of: (userId: string) => Promise<readonly RoleHeld[]>
    readonly grant: (target: RoleAt, by: ActedBy) => Promise<void>
    readonly revoke: (target: RoleAt, by: ActedBy) => Promise<boolean>
  }
}

interface FoundOrganisation {
  readonly id: string
  /** Milliseconds since 1970; `null`: it is in use. */
  readonly suspendedAt: number | null
}

interface RoleHeld {
  readonly roleId: string
  readonly organisationId: string | null
}

interface RoleAt extends RoleHeld {
  readonly userId: string
}

/**
 * Brings memberships and roles in line: whoever is to be in an organisation becomes a plain member, and whoever is not is taken out, but
 * its owners and admins, whom its own people have made. One that is suspended takes nobody in and gives nothing, and keeps nobody out.
 */
export function createOrganisationEffects(
  { organisations, members, roles, roleGrants }: OrganisationEffectsStores,
  onUnknown: (kind: 'role' | 'organisation', name: string) => void,
): (userId: string, outcome: RuleOutcome, by: ActedBy) => Promise<void> {
  async function idOf(slug: string): Promise<string | null> {
    const found = await organisations.findBySlug(slug)
    if (found === null) onUnknown('organisation', slug)
    return found?.id ?? null
  }

  /** For whoever is to be given something there: one that is suspended gives nothing. */
  async function idInUse(slug: string): Promise<string | null> {
    const found = await organisations.findBySlug(slug)
    const isInUse = found !== null && found.suspendedAt === null
    if (!isInUse) onUnknown('organisation', slug)
    return isInUse ? found.id : null
  }

  /** `null` where there is no such role, or no such organisation. */
  async function roleAt({ role, organisation }: RolePlace, userId: string): Promise<RoleAt | null> {
    const organisationId = organisation === null ? null : await idOf(organisation)
    if (organisation !== null && organisationId === null) return null
    const own = organisationId === null ? null : await roles.findByName(role, organisationId)
    // A role for all can be given for one organisation.
    const found = own ?? (await roles.findByName(role, null))
    if (found === null) onUnknown('role', role)
    return found === null ? null : { roleId: found.id, userId, organisationId }
  }

  return async (userId, { organisations: joined, notOrganisations, roles: wanted, notRoles }, by) => {
    for (const slug of joined) {
      const id = await idInUse(slug)
      if (id !== null && (await members.find(id, userId)) === null) await members.add(id, userId, 'member', by)
    }
    const held = wanted.length + notRoles.length === 0 ? [] : await roleGrants.of(userId)
    const has = (at: RoleAt): boolean =>
      held.some(({ roleId, organisationId }) => roleId === at.roleId && organisationId === at.organisationId)
    for (const place of wanted) {
      if (place.organisation !== null && (await idInUse(place.organisation)) === null) continue
      const at = await roleAt(place, userId)
      if (at !== null && !has(at)) await roleGrants.grant(at, by)
    }
    for (const place of notRoles) {
      const at = await roleAt(place, userId)
      if (at !== null && has(at)) await roleGrants.revoke(at, by)
    }
    for (const slug of notOrganisations) {
      const id = await idOf(slug)
      const member = id === null ? null : await members.find(id, userId)
      if (id !== null && member?.standing === 'member') await members.remove(id, userId, by)
    }
  }
}
