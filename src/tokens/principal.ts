import { sql } from 'kysely'
import type { AliasedRawBuilder } from 'kysely'
import type { ServiceAccount, User } from '../core/identity.ts'
import { formatId } from '../storage/id.ts'
import { organisationSlug, rolesColumn, rolesIn } from './roles-held.ts'

/** What `userColumns` select. All but the flags of an absent user are `null`. */
export interface UserColumns {
  readonly user_id: bigint | null
  readonly user_name: string | null
  readonly user_email: string | null
  readonly user_email_verified: number | null
  readonly user_is_active: number | null
  readonly user_is_staff: number | null
  readonly user_is_superuser: number | null
  readonly user_permissions: string | null
  readonly user_group_permissions: string | null
  readonly user_signed_out_at: number | null
  readonly user_roles: string | null
  readonly user_staff_until: number | null
  readonly user_superuser_until: number | null
}

/** What `serviceAccountColumns` select. */
export interface ServiceAccountColumns {
  readonly service_account_id: bigint | null
  readonly service_account_name: string | null
  readonly service_account_owner_id: bigint | null
  readonly service_account_scopes: string | null
  readonly service_account_permissions: string | null
  readonly service_account_is_active: number | null
  readonly service_account_organisation_id: bigint | null
  readonly service_account_organisation_slug: string | null
  readonly service_account_organisation_suspended: number | null
}

export type PrincipalColumns = UserColumns & ServiceAccountColumns

type Columns<Row> = readonly { readonly [Name in keyof Row & string]: AliasedRawBuilder<Row[Name], Name> }[keyof Row &
  string][]

/** Everything that makes a `User`, permissions of groups and roles included, for a query that has `users` in it. */
export const userColumns: Columns<UserColumns> = [
  sql<bigint | null>`users.id`.as('user_id'),
  sql<string | null>`users.username`.as('user_name'),
  sql<string | null>`users.email`.as('user_email'),
  sql<number | null>`users.email_verified`.as('user_email_verified'),
  sql<number | null>`users.is_active`.as('user_is_active'),
  sql<number | null>`users.is_staff`.as('user_is_staff'),
  sql<number | null>`users.is_superuser`.as('user_is_superuser'),
  sql<string | null>`users.permissions`.as('user_permissions'),
  sql<string | null>`(
    select string_agg("groups".permissions, ' ') from memberships
    join "groups" on "groups".id = memberships.group_id where memberships.user_id = users.id
  )`.as('user_group_permissions'),
  sql<number | null>`users.signed_out_at`.as('user_signed_out_at'),
  rolesColumn.as('user_roles'),
  sql<number | null>`users.staff_until`.as('user_staff_until'),
  sql<number | null>`users.superuser_until`.as('user_superuser_until'),
]

/** Everything that makes a `ServiceAccount`, for a query that has `service_accounts` in it. */
export const serviceAccountColumns: Columns<ServiceAccountColumns> = [
  sql<bigint | null>`service_accounts.id`.as('service_account_id'),
  sql<string | null>`service_accounts.name`.as('service_account_name'),
  sql<bigint | null>`service_accounts.owner_id`.as('service_account_owner_id'),
  sql<string | null>`service_accounts.scopes`.as('service_account_scopes'),
  sql<string | null>`service_accounts.permissions`.as('service_account_permissions'),
  sql<number | null>`service_accounts.is_active`.as('service_account_is_active'),
  sql<bigint | null>`service_accounts.organisation_id`.as('service_account_organisation_id'),
  organisationSlug('service_accounts').as('service_account_organisation_slug'),
  sql<number | null>`service_accounts.organisation_suspended`.as('service_account_organisation_suspended'),
]

/** For a query that has both in it, by left joins, since a credential belongs to one of them. */
export const principalColumns: Columns<PrincipalColumns> = [...userColumns, ...serviceAccountColumns]

/**
 * Whom a credential is for: `null` where they may not use it. `since` is when it was made, in milliseconds: credentials
 * from before the user signed out everywhere are dead. A service account goes on when the user who answers for it leaves.
 * Roles and rights that have ended by `now` do not count (`Date.now()`).
 */
export function toPrincipal(row: PrincipalColumns, since: number, now?: number): User | ServiceAccount | null {
  return row.service_account_id === null ? toUser(row, since, now) : toServiceAccount(row)
}

/** As `toPrincipal`, for what only users have. `null` as well where there is no user. */
export function toUser(row: UserColumns, since: number, now: number = Date.now()): User | null {
  const { user_id: id, user_is_active: isActive, user_signed_out_at: signedOutAt } = row
  if (id === null || isActive !== 1) return null
  // What was made in the very millisecond of signing out might be from before it.
  if (signedOutAt !== null && since <= signedOutAt) return null
  const permissions = new Set([...wordsOf(row.user_permissions), ...wordsOf(row.user_group_permissions)])
  return {
    kind: 'user',
    id: formatId(id),
    name: row.user_name ?? '',
    email: row.user_email,
    ...(row.user_email_verified === 1 ? { emailVerified: true } : {}),
    isStaff: row.user_is_staff === 1 && isNotOver(row.user_staff_until, now),
    isSuperuser: row.user_is_superuser === 1 && isNotOver(row.user_superuser_until, now),
    permissions,
    ...endsOf(row, row.user_roles === null ? {} : rolesIn(row.user_roles, permissions, now), now),
  }
}

/** Whether what ends at a moment holds at another (`null`: it has no end). */
export function isNotOver(until: number | null, now: number): boolean {
  return until === null || until > now
}

/** With the first end of a right among those of roles, so that no token tells of either for longer. */
function endsOf(row: UserColumns, roles: ReturnType<typeof rolesIn> | object, now: number): Partial<User> {
  const { user_staff_until: staffUntil, user_superuser_until: superuserUntil } = row
  const ends = [staffUntil, superuserUntil].filter((until) => until !== null && until > now)
  if (ends.length === 0) return roles
  const { rolesEndAt = Infinity } = roles as Partial<User>
  return {
    ...roles,
    ...(row.user_is_staff === 1 && staffUntil !== null && staffUntil > now ? { staffUntil } : {}),
    ...(row.user_is_superuser === 1 && superuserUntil !== null && superuserUntil > now ? { superuserUntil } : {}),
    rolesEndAt: Math.min(rolesEndAt, ...(ends as number[])),
  }
}

/** As `toPrincipal`, for what only service accounts have. */
export function toServiceAccount(row: ServiceAccountColumns): ServiceAccount | null {
  const { service_account_id: id, service_account_owner_id: ownerId } = row
  if (id === null || row.service_account_is_active !== 1) return null
  if (row.service_account_organisation_suspended === 1) return null
  const { service_account_organisation_id: organisationId, service_account_organisation_slug: slug } = row
  return {
    kind: 'service_account',
    id: formatId(id),
    name: row.service_account_name ?? '',
    ownerId: ownerId === null ? null : formatId(ownerId),
    scopes: wordsOf(row.service_account_scopes),
    permissions: new Set(wordsOf(row.service_account_permissions)),
    ...(organisationId === null ? {} : { organisation: { id: formatId(organisationId), slug: slug ?? '' } }),
  }
}

/** Reads a column that holds a list: texts with spaces between. */
export function wordsOf(list: string | null): readonly string[] {
  return list === null || list === '' ? none : list.split(' ').filter((word) => word !== '')
}

const none: readonly string[] = Object.freeze([])
