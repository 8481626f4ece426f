import { type Expression, type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from '../storage/database.ts'
import { noPlace } from '../storage/keyset.ts'
import type { Schema, SessionRow } from '../storage/schema.ts'
import { networkOfFilter, type SessionCondition, sessionConditions, type SessionFilter } from './session-filter.ts'
import type { SessionOrderName, SessionPlace } from './session-place.ts'

/** An order that an index has what a part of the filter lets through in. It is read from its end: the newest first. */
export interface SessionOrder {
  readonly name: SessionOrderName
  /** The part of the filter that it is an order of, which `within` asks already; `null`: of none. */
  readonly part: keyof SessionFilter | null
  /** How many rows the index has for it, counted up to `most`. */
  readonly count: (most: number) => Promise<number>
  /** Where the slice of so many rows ends that begins behind a place; `null` where there are fewer. */
  readonly endOfSlice: (from: SessionPlace | null, size: number) => Promise<SessionPlace | null>
  /** What holds for the sessions of a slice, its end among them. */
  readonly within: (from: SessionPlace | null, to: SessionPlace | null) => Promise<SessionCondition>
  readonly by: readonly RawBuilder<unknown>[]
  readonly placeOf: (row: Omit<SessionRow, 'digest'>) => SessionPlace
}

/**
 * The order in which to read what a filter finds: that whose index has the fewest rows for it, since the rest of the filter is
 * asked of each of them. Each is counted up to a few thousand; where all have more, a page is soon full. Throws `RequestRefused`
 * (`invalid`) for a place in an order that the filter does not have.
 */
export async function orderFor(read: Read, filter: SessionFilter, from: SessionPlace | null): Promise<SessionOrder> {
  const all = ordersOf(read, filter).filter(({ name }) => from === null || name === from.order)
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
function ordersOf(read: Read, filter: SessionFilter): readonly SessionOrder[] {
  const { client } = filter
  const orders: SessionOrder[] = []
  for (const [part, condition] of sessionConditions(filter)) {
    if (part === 'client' && client !== undefined) orders.push(ofClient(read, client))
    else orders.push(inIndex(read, indexOf(part, filter), { part, condition }))
  }
  return orders.length === 0 ? [inIndex(read, byId, null)] : orders
}

interface Index {
  readonly name: SessionOrderName
  /** What stands before the id. */
  readonly column: 'created_at' | 'last_seen_at' | 'address_key' | null
}

const byId: Index = { name: 'id', column: null }

function indexOf(part: keyof SessionFilter, filter: SessionFilter): Index {
  if (part === 'startedBefore') return { name: 'started', column: 'created_at' }
  if (part === 'lastSeenBefore') return { name: 'seen', column: 'last_seen_at' }
  if (part !== 'network') return byId
  const keys = networkOfFilter(filter)
  return keys?.first === keys?.last ? byId : { name: 'network', column: 'address_key' }
}

function inIndex(
  read: Read,
  { name, column }: Index,
  of: { readonly part: keyof SessionFilter; readonly condition: SessionCondition } | null,
): SessionOrder {
  const condition = of?.condition ?? null
  const rows = condition === null ? read.selectFrom('sessions') : read.selectFrom('sessions').where(condition)
  const value = column === null ? null : sql<number | string | null>`${sql.ref(`sessions.${column}`)}`
  const by = [...(value === null ? [] : [sql`${value} desc`]), sql`sessions.id desc`]
  const compared = (sign: '<' | '>=', place: SessionPlace): Expression<SqlBool> =>
    value === null
      ? sql<SqlBool>`sessions.id ${sql.raw(sign)} ${place.id}`
      : sql<SqlBool>`(${value}, sessions.id) ${sql.raw(sign)} (${place.value}, ${place.id})`

  return {
    name,
    part: of?.part ?? null,
    by,
    count: async (most) => {
      // In the order of the index, so that it is read along: a database may find it cheaper to read the table until it has enough.
      let some = rows.select('sessions.id').limit(most)
      for (const part of by) some = some.orderBy(part)
      const { count } = await read
        .selectFrom(some.as('some'))
        .select((of) => of.fn.countAll<number | string | bigint>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },
    endOfSlice: async (from, size) => {
      let some = rows.select(['sessions.id', (value ?? sql<number | string | null>`null`).as('value')])
      if (from !== null) some = some.where(compared('<', from))
      for (const part of by) some = some.orderBy(part)
      const last = await some
        .offset(size - 1)
        .limit(1)
        .executeTakeFirst()
      return last === undefined ? null : { order: name, value: last.value, id: last.id }
    },
    within: async (from, to) => (is) =>
      is.and([
        ...(condition === null ? [] : [condition(is)]),
        ...(from === null ? [] : [compared('<', from)]),
        ...(to === null ? [] : [compared('>=', to)]),
      ]),
    placeOf: (row) => ({ order: name, value: column === null ? null : row[column], id: row.id }),
  }
}

/**
 * By the sign-ins that the application may act on, of which each has one session. They are read first: in one statement, a database
 * may choose to go through all sessions for an application that has few.
 */
function ofClient(read: Read, identifier: string): SessionOrder {
  async function signIns(from: SessionPlace | null, to: SessionPlace | null): Promise<SignIns> {
    const client = read.selectFrom('clients').select('id').where('identifier', '=', identifier)
    const { id } = (await client.executeTakeFirst()) ?? { id: -1n }
    let query = read
      .selectFrom('grants')
      .select('sign_in_id')
      .where('client_id', '=', id)
      .where('revoked_at', 'is', null)
      .where('sign_in_id', 'is not', null)
    if (from !== null) query = query.where('sign_in_id', '<', from.id)
    if (to !== null) query = query.where('sign_in_id', '>=', to.id)
    return query.orderBy('sign_in_id', 'desc')
  }
  const placeAt = (id: bigint): SessionPlace => ({ order: 'client', value: 0, id })

  return {
    name: 'client',
    part: 'client',
    by: [sql`sessions.sign_in_id desc`],
    count: async (most) => (await (await signIns(null, null)).limit(most).execute()).length,
    endOfSlice: async (from, size) => {
      const some = (await signIns(from, null)).offset(size - 1).limit(1)
      const last = await some.executeTakeFirst()
      const id = last?.sign_in_id ?? null
      return id === null ? null : placeAt(id)
    },
    within: async (from, to) => {
      const some = await (await signIns(from, to)).execute()
      const ids = [...new Set(some.flatMap(({ sign_in_id: id }) => (id === null ? [] : [id])))]
      return (is) => is('sessions.sign_in_id', 'in', ids.length === 0 ? [-1n] : ids)
    },
    placeOf: (row) => placeAt(row.sign_in_id),
  }
}

type SignIns = SelectQueryBuilder<Schema, 'grants', { sign_in_id: bigint | null }>
