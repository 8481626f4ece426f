import { type Expression, type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import { noPlace } from '../storage/keyset.ts'
import type { Schema, SessionRow } from '../storage/schema.ts'
import { networkOfFilter, sessionConditions, type SessionFilter } from './session-filter.ts'
import type { SessionOrderName, SessionPlace } from './session-place.ts'

/** An order that an index has what a part of the filter lets through in. It is read from its end: the newest first. */
export interface SessionOrder {
  readonly name: SessionOrderName
  /** The part of the filter that it is an order of; `null`: of none. */
  readonly part: keyof SessionFilter | null
  /** How many rows the index has for it, counted up to `most`. */
  readonly count: (most: number) => Promise<number>
  /** Where the slice of so many rows ends that begins behind a place; `null` where there are fewer. */
  readonly endOfSlice: (from: SessionPlace | null, size: number) => Promise<SessionPlace | null>
  /** The sessions of a slice, its end among them, which the part of the filter lets through. */
  readonly slice: (from: SessionPlace | null, to: SessionPlace | null) => SelectQueryBuilder<Schema, 'sessions', object>
  readonly by: readonly RawBuilder<unknown>[]
  readonly placeOf: (row: Omit<SessionRow, 'digest'>) => SessionPlace
}

/**
 * The order in which to read what a filter finds: that whose index has the fewest rows for it, since the rest of the filter is
 * asked of each of them. Each is counted up to a few thousand; where all have more, a page is soon full. Throws `RequestRefused`
 * (`invalid`) for a place in an order that the filter does not have.
 */
export async function orderFor(read: Read, filter: SessionFilter, from: SessionPlace | null): Promise<SessionOrder> {
  const all = (await ordersOf(read, filter)).filter(({ name }) => from === null || name === from.order)
  const [first, ...others] = all
  if (first === undefined) throw noPlace()
  if (others.length === 0) return first
  let [best, fewest] = [first, common]
  for (const order of all) {
    const found = await order.count(fewest)
    if (found < fewest) [best, fewest] = [order, found]
  }
  return best
}

/** What makes it common, so that whoever looks for something else as well finds a page among these. */
const common = 5000

type Read = Database['read']

/** Those that are likely to narrow most come first. */
async function ordersOf(read: Read, filter: SessionFilter): Promise<readonly SessionOrder[]> {
  const { client } = filter
  const orders: SessionOrder[] = []
  for (const [part, condition] of sessionConditions(filter)) {
    if (part === 'client' && client !== undefined) orders.push(await ofClient(read, client))
    else orders.push(inIndex(read, part, indexOf(part, filter) ?? { ...byId, condition }))
  }
  return orders.length === 0 ? [inIndex(read, null, byId)] : orders
}

interface Index {
  readonly name: SessionOrderName
  /** What stands before the id. */
  readonly column: 'created_at' | 'last_seen_at' | 'address_key' | null
  /** What part of it is read, both ends among it. */
  readonly first?: number | string
  readonly last?: number | string
  /** What holds for each of its rows. */
  readonly condition?: Expression<SqlBool>
}

const byId: Index = { name: 'id', column: null }

/** That of a part of the filter which is a range of it. */
function indexOf(part: keyof SessionFilter, filter: SessionFilter): Index | null {
  const { startedBefore = 0, lastSeenBefore = 0 } = filter
  if (part === 'startedBefore') return { name: 'started', column: 'created_at', last: startedBefore - 1 }
  if (part === 'lastSeenBefore') return { name: 'seen', column: 'last_seen_at', last: lastSeenBefore - 1 }
  const keys = part === 'network' ? networkOfFilter(filter) : null
  return keys === null || keys.first === keys.last ? null : { name: 'network', column: 'address_key', ...keys }
}

/**
 * Each end of what is read is told by one condition, by the place where there is one: SQLite begins at the end of the first
 * condition that it can use, and would go through the whole range to where a page begins.
 */
function inIndex(read: Read, part: keyof SessionFilter | null, index: Index): SessionOrder {
  const { name, column, first, last, condition } = index
  const value = column === null ? null : sql<number | string | null>`${sql.ref(`sessions.${column}`)}`
  const by = [...(value === null ? [] : [sql`${value} desc`]), sql`sessions.id desc`]
  const compared = (sign: '<' | '>=', place: SessionPlace): Expression<SqlBool> =>
    value === null
      ? sql<SqlBool>`sessions.id ${sql.raw(sign)} ${place.id}`
      : sql<SqlBool>`(${value}, sessions.id) ${sql.raw(sign)} (${place.value}, ${place.id})`

  function slice(from: SessionPlace | null, to: SessionPlace | null): SelectQueryBuilder<Schema, 'sessions', object> {
    let rows = read.selectFrom('sessions')
    if (condition !== undefined) rows = rows.where(condition)
    if (from !== null && (last === undefined || (from.value ?? 0) <= last)) rows = rows.where(compared('<', from))
    else if (last !== undefined) rows = rows.where(sql<SqlBool>`${value} <= ${last}`)
    if (to !== null) rows = rows.where(compared('>=', to))
    else if (first !== undefined) rows = rows.where(sql<SqlBool>`${value} >= ${first}`)
    for (const one of by) rows = rows.orderBy(one)
    return rows
  }

  return {
    name,
    part,
    by,
    slice,
    // In the order of the index, so that it is read along: a database may find it cheaper to read the table until it has enough.
    count: async (most) => counted(read, slice(null, null).select('sessions.id').limit(most)),
    endOfSlice: async (from, size) => {
      const rows = slice(from, null).select(['sessions.id', (value ?? sql<number | string | null>`null`).as('value')])
      const end = await rows
        .offset(size - 1)
        .limit(1)
        .executeTakeFirst()
      return end === undefined ? null : { order: name, value: end.value, id: end.id }
    },
    placeOf: (row) => ({ order: name, value: column === null ? null : row[column], id: row.id }),
  }
}

/** By the sign-ins that the application may act on. */
async function ofClient(read: Read, identifier: string): Promise<SessionOrder> {
  const client = await read.selectFrom('clients').select('id').where('identifier', '=', identifier).executeTakeFirst()

  /** An application may act on a sign-in by more than one grant. */
  function signIns(from: SessionPlace | null, to: SessionPlace | null): SignIns {
    let query = read
      .selectFrom('grants')
      .select('grants.sign_in_id')
      .distinct()
      .where('grants.client_id', '=', client?.id ?? -1n)
      .where('grants.revoked_at', 'is', null)
      .where('grants.sign_in_id', 'is not', null)
    if (from !== null) query = query.where('grants.sign_in_id', '<', from.id)
    if (to !== null) query = query.where('grants.sign_in_id', '>=', to.id)
    return query.orderBy('grants.sign_in_id', 'desc')
  }
  const placeAt = (id: bigint): SessionPlace => ({ order: 'client', value: 0, id })

  return {
    name: 'client',
    part: 'client',
    by: [sql`sessions.sign_in_id desc`],
    count: async (most) => counted(read, signIns(null, null).limit(most)),
    endOfSlice: async (from, size) => {
      const some = signIns(from, null)
        .offset(size - 1)
        .limit(1)
      const last = await some.executeTakeFirst()
      const id = last?.sign_in_id ?? null
      return id === null ? null : placeAt(id)
    },
    slice: (from, to) =>
      read
        .selectFrom(signIns(from, to).as('signed_in'))
        .innerJoin('sessions', 'sessions.sign_in_id', 'signed_in.sign_in_id'),
    placeOf: (row) => placeAt(row.sign_in_id),
  }
}

type SignIns = SelectQueryBuilder<Schema, 'grants', { sign_in_id: bigint | null }>

async function counted(read: Read, rows: SelectQueryBuilder<Schema, 'sessions' | 'grants', object>): Promise<number> {
  const { count } = await read
    .selectFrom(rows.as('some'))
    .select((of) => of.fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
