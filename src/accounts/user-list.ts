import {
  type Expression,
  type ExpressionBuilder,
  type RawBuilder,
  type SelectQueryBuilder,
  sql,
  type SqlBool,
} from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { idBefore, pageOf, pageSize, placeBefore } from '../storage/keyset.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { identifierKey } from './identifier.ts'
import { toUserRecord, type UserRecord } from './user-record.ts'
import type { UserSource } from './user-source.ts'

export interface UserListOptions {
  /** Only those whose username or e-mail address begins so, or whose id it is (all). */
  readonly search?: string
  /** Only those who may sign in, or only those who may not (all). */
  readonly isActive?: boolean
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  /** Only those who never signed in, or only those who did (all). */
  readonly neverSignedIn?: boolean
  /** Only those with an authenticator app or a passkey, or only those without (all). */
  readonly hasSecondFactor?: boolean
  /** Only members of this group, by its id (all). */
  readonly group?: string
  /** Only members of this organisation, by its short name or its id (all). */
  readonly organisation?: string
  /** Only those that come from there (all). */
  readonly source?: UserSource
  /** Only those made from then on, or before then: milliseconds since 1970 (all). By when they were made, the newest first. */
  readonly createdFrom?: number
  readonly createdUntil?: number
  /** `next` of the page before (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

export interface UserPage {
  readonly users: readonly UserRecord[]
  /** The `after` of the next page, `null` where there is none. */
  readonly next: string | null
}

/** Lists users, newest first. Throws `RequestRefused` (`invalid`) for an `after` that is none. */
export function createUserList({ read }: Pick<Database, 'read'>): (options?: UserListOptions) => Promise<UserPage> {
  /** The users, or the members of a group or an organisation in the order of its index. */
  function from({ group, organisation }: Within): Rows {
    const all = read.selectFrom('users').selectAll('users')
    const belongs = (rows: Rows): Rows =>
      organisation === undefined
        ? rows
        : rows.where((is) =>
            is.exists(
              is
                .selectFrom('organisation_members')
                .select('organisation_id')
                .whereRef('organisation_members.user_id', '=', 'users.id')
                .where('organisation_members.organisation_id', '=', organisation),
            ),
          )
    if (group !== undefined) {
      const members = all.innerJoin('memberships', 'memberships.user_id', 'users.id')
      return belongs(members.where('memberships.group_id', '=', group))
    }
    if (organisation === undefined) return all
    const members = all.innerJoin('organisation_members', 'organisation_members.user_id', 'users.id')
    return members.where('organisation_members.organisation_id', '=', organisation)
  }

  async function organisationNamed(text: string): Promise<bigint> {
    const named = read.selectFrom('organisations').select('id').where('slug', '=', text)
    return (await named.executeTakeFirst())?.id ?? idOrNone(text)
  }

  async function isCommon(named: readonly Condition[]): Promise<boolean> {
    for (const condition of named) {
      const some = read.selectFrom('users').select('id').where(condition).limit(common)
      const { count } = await read
        .selectFrom(some.as('some'))
        .select((of) => of.fn.countAll<number | string | bigint>().as('count'))
        .executeTakeFirstOrThrow()
      if (Number(count) >= common) return true
    }
    return false
  }

  /** Each by its index: one condition with an `or` between would read the whole table for a rare name. */
  function idsOf(named: readonly Condition[], id: bigint | null): SelectQueryBuilder<Schema, 'users', { id: bigint }> {
    const ids = read.selectFrom('users').select('id')
    return named.reduce((found, condition) => found.union(ids.where(condition)), ids.where('id', '=', id ?? nobody))
  }

  return async (options = {}) => {
    const { search = '', isActive, isStaff, isSuperuser, neverSignedIn, after, limit } = options
    const { hasSecondFactor, createdFrom, createdUntil } = options
    const size = pageSize(limit)
    // Whoever was taken over from elsewhere has a new id and an old time.
    const isByTime = createdFrom !== undefined || createdUntil !== undefined
    const within = {
      group: options.group === undefined ? undefined : idOrNone(options.group),
      organisation: options.organisation === undefined ? undefined : await organisationNamed(options.organisation),
    }
    let query = from(within).limit(size + 1)
    if (isByTime) query = query.orderBy('created_at', 'desc')
    query = query.orderBy(orderOf(within), 'desc')
    if (after !== undefined && isByTime) {
      const place = placeBefore(after)
      query = query.where(sql<boolean>`(created_at, users.id) < (${place.value}, ${place.id})`)
    } else if (after !== undefined) query = query.where('users.id', '<', idBefore(after))
    if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom)
    if (createdUntil !== undefined) query = query.where('created_at', '<', createdUntil)
    // As literals, not as parameters: only then are the indexes of the few used.
    if (isActive !== undefined)
      query = query.where(isActive ? sql<boolean>`is_active = 1` : sql<boolean>`is_active = 0`)
    if (isStaff !== undefined) query = query.where(isStaff ? sql<boolean>`is_staff = 1` : sql<boolean>`is_staff = 0`)
    if (isSuperuser !== undefined) {
      query = query.where(isSuperuser ? sql<boolean>`is_superuser = 1` : sql<boolean>`is_superuser = 0`)
    }
    if (hasSecondFactor !== undefined) {
      query = query.where(hasSecondFactor ? sql<boolean>`has_second_factor = 1` : sql<boolean>`has_second_factor = 0`)
    }
    if (options.source !== undefined) query = query.where('users.source', '=', options.source)
    if (neverSignedIn !== undefined) query = query.where('last_login_at', neverSignedIn ? 'is' : 'is not', null)
    if (search !== '') {
      const prefix = identifierKey(search)
      if (prefix === null) return { users: [], next: null }
      const named = namesFrom(prefix)
      // Of a name that many begin with, a page is soon found among all; of a rare one, by the index of names.
      query = (await isCommon(named))
        ? query.where(beginsSo(prefix))
        : query.where('users.id', 'in', idsOf(named, parseId(search.trim())))
    }
    const place = (row: UserRow): string => (isByTime ? `${row.created_at}.${formatId(row.id)}` : formatId(row.id))
    const { items: users, next } = pageOf(await query.execute(), size, toUserRecord, place)
    return { users, next }
  }
}

type Rows = SelectQueryBuilder<Schema, 'users', UserRow>

/** Where they belong to, by ids. */
interface Within {
  readonly group: bigint | undefined
  readonly organisation: bigint | undefined
}

/** The column of the index that the list goes along. */
function orderOf({ group, organisation }: Within): RawBuilder<unknown> {
  if (group !== undefined) return sql`memberships.user_id`
  return organisation === undefined ? sql`users.id` : sql`organisation_members.user_id`
}
type Condition = (is: ExpressionBuilder<Schema, 'users'>) => Expression<SqlBool>

/** No row has this id. */
const nobody = -1n

/** How many make a beginning of a name a common one. */
const common = 5000

/** Those whose username begins so, and those whose e-mail address does. */
function namesFrom(prefix: string): readonly Condition[] {
  const end = `${prefix}\u{10ffff}`
  return (['username_key', 'email_key'] as const).map(
    (column): Condition =>
      (is) =>
        is.and([is(column, '>=', prefix), is(column, '<', end)]),
  )
}

/** The same in words that no index answers: the rows are looked at in the order of the list, until there are enough. */
function beginsSo(prefix: string): RawBuilder<SqlBool> {
  // In code points, as both dialects count.
  const { length } = Array.from(prefix)
  return sql<SqlBool>`(substr(username_key, 1, ${length}) = ${prefix} or substr(email_key, 1, ${length}) = ${prefix})`
}
