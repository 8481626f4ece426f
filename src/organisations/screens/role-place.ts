import { RequestRefused } from '../../core/errors.ts'
import type { Markup } from '../../pages/layout.ts'
import type { View, Visit } from '../../screens/screen.ts'
import type { MemberActedBy } from '../authority-now.ts'
import type { Role } from '../role-values.ts'
import type { Roles } from '../roles.ts'

/** Where the pages of roles are: those that are there for all, or those of one organisation. */
export interface RolePlace {
  /** Below the area: `roles/`. */
  readonly path: string
  /** Throws `RequestRefused` (`not_found`) or `PermissionDenied` for whoever has no business there. */
  readonly enter: (visit: Pick<Visit, 'params' | 'user'>) => Promise<RoleDesk>
  /** What the page of a role that somebody made ends with. */
  readonly foot: (visit: Visit, role: Role) => Promise<Markup>
}

/** What whoever is there may do with which roles. */
export interface RoleDesk {
  /** `null`: the roles that are there for all. */
  readonly organisationId: string | null
  /** The address of the list. */
  readonly list: string
  /** Title, crumbs and tabs of the list, and the crumbs of pages below it. */
  readonly frame: Pick<View, 'title' | 'crumbs' | 'tabs'>
  readonly crumbs: NonNullable<View['crumbs']>
  /** What roles may allow; `null`: anything. */
  readonly allowed: readonly string[] | null
  /** Whose roles have to allow what is done there, in the moment in which it is done (nobody's). */
  readonly allowedBy?: string | undefined
  readonly may: (action: 'add' | 'change' | 'delete') => boolean
  /** Throws `PermissionDenied` where they may not, or where the role allows more than they may give. */
  readonly check: (action: 'add' | 'change' | 'delete', permissions: readonly string[]) => void
}

/** All that a role could allow, as far as it is known there: what may be given, and what roles allow already. */
export function knownPermissions({ allowed }: RoleDesk, roles: readonly Role[]): readonly string[] {
  const said = roles.flatMap(({ permissions }) => permissions)
  return [...new Set([...(allowed ?? []), ...said])].toSorted()
}

/** A role of this place, or one that is built in. */
export async function roleOf({ params }: Visit, desk: RoleDesk, roles: Pick<Roles, 'find'>): Promise<Role> {
  const role = await roles.find(params['role'] ?? '')
  if (role === null || (!role.isBuiltIn && role.organisationId !== desk.organisationId)) {
    throw new RequestRefused('not_found', 'There is no such role. It may have been deleted.')
  }
  return role
}

/** For what is done there: by whom, and whose roles have to allow it. */
export function byAt({ by }: Visit, { allowedBy }: RoleDesk): MemberActedBy {
  return { ...by, allowedBy }
}
