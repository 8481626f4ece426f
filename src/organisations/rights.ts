import type { Groups } from '../accounts/groups.ts'
import type { Users } from '../accounts/users.ts'
import { standingPermissions } from '../tokens/standing.ts'
import type { Members } from './members.ts'
import type { RoleGrants } from './role-grants.ts'
import type { Roles } from './roles.ts'

/** A permission, and what it comes from, in words: `their own`, `the group Editors`. */
export interface Right {
  readonly permission: string
  readonly from: readonly string[]
}

/** What a person may do, and why. */
export interface Rights {
  /** Everything, whatever stands below. */
  readonly isSuperuser: boolean
  /** Nothing, whatever stands below. */
  readonly isActive: boolean
  /** The roles that count everywhere now. */
  readonly roles: readonly string[]
  /** By name. */
  readonly everywhere: readonly Right[]
  /** Organisations that are in use, by name. */
  readonly organisations: readonly {
    readonly id: string
    readonly name: string
    readonly slug: string
    readonly rights: readonly Right[]
  }[]
}

export interface RightsStores {
  readonly users: Pick<Users, 'find'>
  readonly groups: Pick<Groups, 'of'>
  readonly roles: Pick<Roles, 'find'>
  readonly roleGrants: Pick<RoleGrants, 'of'>
  readonly members: Pick<Members, 'of'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Answers "what can this person do?", with the reason for each: `null` where there is nobody. */
export type FindRights = (userId: string) => Promise<Rights | null>

export function createFindRights({ users, groups, roles, roleGrants, members, clock }: RightsStores): FindRights {
  return async (userId) => {
    const [user, inGroups, grants, memberships] = await Promise.all([
      users.find(userId),
      groups.of(userId),
      roleGrants.of(userId),
      members.of(userId),
    ])
    if (user === null) return null
    const live = grants.filter(({ endsAt }) => endsAt === null || endsAt > clock())
    const given = await Promise.all(
      live.map(async (grant) => ({ ...grant, permissions: (await roles.find(grant.roleId))?.permissions ?? [] })),
    )
    const everywhere = given.filter(({ organisationId }) => organisationId === null)
    const used = memberships.filter(({ suspendedAt }) => suspendedAt === null)
    return {
      isSuperuser: user.isSuperuser,
      isActive: user.isActive,
      roles: everywhere.map(({ roleName }) => roleName),
      everywhere: rightsOf([
        ['their own', user.permissions],
        ...inGroups.map(({ name, permissions }) => [`the group ${name}`, permissions] as const),
        ...everywhere.map(({ roleName, permissions }) => [`the role ${roleName}`, permissions] as const),
      ]),
      organisations: used.map(({ organisationId, name, slug, standing }) => ({
        id: organisationId,
        name,
        slug,
        rights: rightsOf([
          [`being ${standing === 'member' ? 'a member' : `an ${standing}`}`, standingPermissions[standing]],
          ...given
            .filter((grant) => grant.organisationId === organisationId)
            .map(({ roleName, permissions }) => [`the role ${roleName}`, permissions] as const),
        ]),
      })),
    }
  }
}

function rightsOf(sources: readonly (readonly [from: string, permissions: readonly string[]])[]): readonly Right[] {
  const found = new Map<string, string[]>()
  for (const [from, permissions] of sources) {
    for (const permission of permissions) found.set(permission, [...(found.get(permission) ?? []), from])
  }
  return [...found]
    .map(([permission, from]) => ({ permission, from }))
    .toSorted((one, other) => (one.permission < other.permission ? -1 : 1))
}
