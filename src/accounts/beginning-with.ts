import { type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import { counted } from '../storage/index-order.ts'
import type { Place } from '../storage/place.ts'
import type { UserRow } from '../storage/schema.ts'
import type { FilterPart } from '../storage/sliced-list.ts'

/**
 * Users whose username begins so, and those whose e-mail address does, in the order of these: along the indexes of both, so that
 * it does not matter how many there are, nor when they came. No username is an address. `prefix` as `identifierKey` makes it.
 */
export function beginningWith(read: Database['read'], prefix: string): FilterPart<'users', UserRow> {
  // In code points, as both dialects count.
  const { length } = Array.from(prefix)
  const begins = (key: RawBuilder<unknown>): RawBuilder<SqlBool> => sql`substr(${key}, 1, ${length}) = ${prefix}`
  const [username, email] = [sql<string | null>`users.username_key`, sql<string | null>`users.email_key`]

  /** So many of each index, that neither is read further than is needed. */
  function found(from: Place | null, to: Place | null, most: number) {
    const [start, end] = [from?.value ?? '', to?.value ?? `${prefix}\u{10ffff}`]
    const along = (key: RawBuilder<string | null>) =>
      read
        .selectFrom('users')
        .select(['users.id', key.as('key')])
        .where(start < prefix ? sql<SqlBool>`${key} >= ${prefix}` : sql<SqlBool>`${key} > ${start}`)
        .where(sql<SqlBool>`${key} <= ${end}`)
        .orderBy(key)
        .limit(most)
    const some = (key: RawBuilder<string | null>) => read.selectFrom(along(key).as('some')).selectAll()
    return some(username).unionAll(some(email)).orderBy('key').limit(most)
  }

  return {
    condition: sql`(${begins(username)} or ${begins(email)})`,
    order: {
      name,
      by: [sql`case when ${begins(username)} then ${username} else ${email} end`],
      slice: (from, to, most) =>
        read
          .selectFrom(found(from, to, most).as('found'))
          .innerJoin('users', 'users.id', 'found.id')
          // Whoever begins so in both has the place of the username.
          .where(sql<SqlBool>`(found.key = ${username} or not ${begins(username)})`),
      count: async (most) => counted(read, found(null, null, most)),
      endOfSlice: async (from, size) => {
        const last = await found(from, null, size)
          .offset(size - 1)
          .executeTakeFirst()
        return last === undefined ? null : { order: name, value: last.key, id: last.id }
      },
      placeOf: ({ id, username_key, email_key }) => ({
        order: name,
        value: username_key.startsWith(prefix) ? username_key : email_key,
        id,
      }),
    },
  }
}

const name = 'name'
