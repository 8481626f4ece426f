import type { Database } from '../storage/database.ts'
import { pageSize } from '../storage/keyset.ts'
import { slicedPage } from '../storage/sliced-list.ts'
import { toUserRecord, type UserRecord } from './user-record.ts'
import { everyUser, userParts } from './user-parts.ts'
import type { UserSource } from './user-source.ts'

/** Which users. */
export interface UserFilter {
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
  /** Only those made from then on, or before then: milliseconds since 1970 (all). */
  readonly createdFrom?: number
  readonly createdUntil?: number
}

export interface UserListOptions extends UserFilter {
  /** `next` of the page before (none: the first page). */
  readonly after?: string
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

export interface UserPage {
  readonly users: readonly UserRecord[]
  /** The `after` of the next page, `null` where there is none: see `slicedPage`. */
  readonly next: string | null
}

/**
 * Lists users, newest first; those made in a time by when they were made, and those whose name begins so by the name, unless
 * something else leaves far fewer. Throws `RequestRefused` (`invalid`) for an `after` that is none.
 */
export function createUserList({ read }: Pick<Database, 'read'>): (options?: UserListOptions) => Promise<UserPage> {
  return async ({ after, limit, ...filter } = {}) => {
    const { items: users, next } = await slicedPage(
      {
        parts: await userParts(read, filter),
        all: everyUser(read),
        after,
        read: async ({ rows, others, by, wanted }) => {
          let query = read.selectFrom(rows.selectAll('users').as('users')).selectAll('users')
          for (const other of others) query = query.where(other)
          for (const one of by) query = query.orderBy(one)
          return query.limit(wanted).execute()
        },
      },
      pageSize(limit),
      toUserRecord,
    )
    return { users, next }
  }
}
