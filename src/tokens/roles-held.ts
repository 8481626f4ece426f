import { type RawBuilder, sql } from 'kysely'
import type { Membership, User } from '../core/identity.ts'
import { formatId } from '../storage/id.ts'
import { isStanding, standingPermissions } from './standing.ts'

/**
 * The roles that a user has, for a query that has `users` in it: a line each, `end organisation slug second-factor name
 * permissions…`, with `-` for what there is not. `null` for whoever has none, without a look: `has_roles` says so. A suspended organisation gives
 * none.
 */
export const rolesColumn: RawBuilder<string | null> = sql<string | null>`case when users.has_roles = 1 then (
  select string_agg(line, '
') from (
    select coalesce(cast(role_grants.ends_at as text), '-') || ' ' || coalesce(cast(organisations.id as text), '-') || ' ' ||
      coalesce(organisations.slug, '-') || ' - ' || roles.name || ' ' || roles.permissions as line
    from role_grants join roles on roles.id = role_grants.role_id
    left join organisations on organisations.id = role_grants.organisation_id
    where role_grants.user_id = users.id and organisations.suspended_at is null
    union all
    select '- ' || cast(organisations.id as text) || ' ' || organisations.slug || ' ' ||
      cast(organisations.second_factor_required as text) || ' ' || organisation_members.standing
    from organisation_members join organisations on organisations.id = organisation_members.organisation_id
    where organisation_members.user_id = users.id and organisations.suspended_at is null
  ) as lines
) end`

/** The short name of the organisation that a row belongs to, without a look where it belongs to none. */
export function organisationSlug(table: 'service_accounts' | 'clients'): RawBuilder<string | null> {
  const owner = sql.ref(`${table}.organisation_id`)
  return sql<string | null>`case when ${owner} is not null then (
    select organisations.slug from organisations where organisations.id = ${owner}
  ) end`
}

/** Reads the column of roles. Permissions of roles that are had everywhere are added to the user's own. `now` in milliseconds since 1970. */
export function rolesIn(
  lines: string,
  permissions: Set<string>,
  now: number = Date.now(),
): Pick<User, 'roles' | 'organisations' | 'rolesEndAt'> {
  const roles = new Set<string>()
  const organisations = new Map<string, Held>()
  let firstEnd = Infinity

  for (const line of lines.split('\n')) {
    const [end = '-', organisation = '-', slug = '', factor = '-', name = '', ...allowed] = line.split(' ')
    if (end !== '-' && Number(end) <= now) continue
    if (end !== '-') firstEnd = Math.min(firstEnd, Number(end))
    if (organisation === '-') {
      roles.add(name)
      for (const permission of allowed) if (permission !== '') permissions.add(permission)
      continue
    }
    const held: Held = organisations.get(organisation) ?? { slug, roles: new Set(), permissions: new Set() }
    organisations.set(organisation, held)
    held.roles.add(name)
    if (factor === '1') held.needsSecondFactor = true
    for (const permission of isStanding(name) ? standingPermissions[name] : allowed) {
      if (permission !== '') held.permissions.add(permission)
    }
  }

  const memberships: readonly Membership[] = [...organisations]
    .map(([id, held]) => ({ id: formatId(BigInt(id)), ...held }))
    // Roles are for members: without a standing somebody is none.
    .filter((one) => [...one.roles].some(isStanding))
    .toSorted((one, other) => (one.slug < other.slug ? -1 : 1))
  return {
    ...(roles.size === 0 ? {} : { roles }),
    ...(memberships.length === 0 ? {} : { organisations: memberships }),
    ...(firstEnd === Infinity ? {} : { rolesEndAt: firstEnd }),
  }
}

interface Held {
  readonly slug: string
  readonly roles: Set<string>
  readonly permissions: Set<string>
  needsSecondFactor?: boolean
}
