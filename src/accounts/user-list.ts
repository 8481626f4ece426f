import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import { idBefore, pageOf, pageSize, placeBefore } from '../storage/keyset.ts'
import type { UserRow } from '../storage/schema.ts'
import { identifierKey } from './identifier.ts'
import { toUserRecord, type UserRecord } from './user-record.ts'

export interface UserListOptions {
  /** Only those whose username or e-mail address begins so, or whose id it is (all). */
  readonly search?: string
  /** Only those who may sign in, or only those who may not (all). */
  readonly isActive?: boolean
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  /** Only those who never signed in, or only those who did (all). */
  readonly neverSignedIn?: boolean
  /** Only members of this group, by its id (all). */
  readonly group?: string
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
  return async (options = {}) => {
    const { search = '', isActive, isStaff, isSuperuser, neverSignedIn, group, after, limit } = options
    const { createdFrom, createdUntil } = options
    const size = pageSize(limit)
    // Whoever was taken over from elsewhere has a new id and an old time.
    const isByTime = createdFrom !== undefined || createdUntil !== undefined
    let query = read
      .selectFrom('users')
      .selectAll()
      .limit(size + 1)
    if (isByTime) query = query.orderBy('created_at', 'desc')
    query = query.orderBy('id', 'desc')
    if (after !== undefined && isByTime) {
      const place = placeBefore(after)
      query = query.where(sql<boolean>`(created_at, id) < (${place.value}, ${place.id})`)
    } else if (after !== undefined) query = query.where('id', '<', idBefore(after))
    if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom)
    if (createdUntil !== undefined) query = query.where('created_at', '<', createdUntil)
    // As literals, not as parameters: only then are the indexes of the few used.
    if (isActive !== undefined)
      query = query.where(isActive ? sql<boolean>`is_active = 1` : sql<boolean>`is_active = 0`)
    if (isStaff !== undefined) query = query.where(isStaff ? sql<boolean>`is_staff = 1` : sql<boolean>`is_staff = 0`)
    if (isSuperuser !== undefined) {
      query = query.where(isSuperuser ? sql<boolean>`is_superuser = 1` : sql<boolean>`is_superuser = 0`)
    }
    if (neverSignedIn !== undefined) query = query.where('last_login_at', neverSignedIn ? 'is' : 'is not', null)
    if (group !== undefined) {
      const wanted = parseId(group)
      if (wanted === null) return { users: [], next: null }
      query = query.where('id', 'in', read.selectFrom('memberships').select('user_id').where('group_id', '=', wanted))
    }
    if (search !== '') {
      const prefix = identifierKey(search)
      if (prefix === null) return { users: [], next: null }
      const end = `${prefix}\u{10ffff}`
      const id = parseId(search.trim())
      query = query.where((is) => {
        const found = read.selectFrom('users').select('id')
        const named = found
          .where('username_key', '>=', prefix)
          .where('username_key', '<', end)
          // Both by their index: one condition with an `or` between would read the whole table for a rare name.
          .union(found.where('email_key', '>=', prefix).where('email_key', '<', end))
        return id === null ? is('id', 'in', named) : is.or([is('id', 'in', named), is('id', '=', id)])
      })
    }
    const place = (row: UserRow): string => (isByTime ? `${row.created_at}.${formatId(row.id)}` : formatId(row.id))
    const { items: users, next } = pageOf(await query.execute(), size, toUserRecord, place)
    return { users, next }
  }
}
