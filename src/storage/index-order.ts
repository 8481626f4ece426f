import { type Expression, type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from './database.ts'
import { noPlace } from './keyset.ts'
import type { Place } from './place.ts'
import type { Schema } from './schema.ts'

/** An order that an index has rows of a table in: all of them, or those that a part of a filter lets through. */
export interface IndexOrder<Table extends keyof Schema, Row> {
  /** As in `Place`. */
  readonly name: string | null
  /** How many rows it has, counted up to `most`. */
  readonly count: (most: number) => Promise<number>
  /** Where the slice of so many rows ends that begins behind a place; `null` where it has no end but the last row. */
  readonly endOfSlice: (from: Place | null, size: number) => Promise<Place | null>
  /** The rows of a slice, its end among them: `most` at the most. */
  readonly slice: (from: Place | null, to: Place | null, most: number) => Rows<Table>
  /** What to order rows by. */
  readonly by: readonly RawBuilder<unknown>[]
  readonly placeOf: (row: Row) => Place
}

export type Rows<Table extends keyof Schema> = SelectQueryBuilder<Schema, Table, object>

export interface InIndexOptions<Table extends keyof Schema, Row> {
  readonly table: Table
  /** What holds for each of its rows, in the words of an index that has only these (nothing). */
  readonly condition?: Expression<SqlBool>
  /** What stands before the id (nothing: the newest come first). */
  readonly value?: OrderValue<Row>
}

export interface OrderValue<Row> {
  /** The name of the order: small letters. */
  readonly name: string
  /** In the words of the index. */
  readonly of: RawBuilder<number | string | null>
  readonly ofRow: (row: Row) => number | string | null
  /** Whether the smallest come first (the largest). */
  readonly isAscending?: boolean
  /** Where reading begins and ends, both among it; one of them has to be there. */
  readonly start?: number | string | undefined
  readonly end?: number | string | undefined
}

/**
 * Goes along an index. Each end of what is read is told by one condition, that of the place where there is one: SQLite begins at
 * the first that it can use, and would go through the whole range to where a page begins.
 */
export function inIndex<Table extends keyof Schema, Row extends { readonly id: bigint }>(
  read: Database['read'],
  { table, condition, value }: InIndexOptions<Table, Row>,
): IndexOrder<Table, Row> {
  const { name = null, of = null, ofRow = () => null, isAscending = false, start, end } = value ?? {}
  const rowId = sql<bigint>`${sql.ref(`${table}.id`)}`
  const by = (of === null ? [rowId] : [of, rowId]).map((one) => sql`${one} ${sql.raw(isAscending ? 'asc' : 'desc')}`)
  const [behind, onward, upTo] = isAscending ? ascending : descending

  /** The value of a place, which comes from an address. Throws `RequestRefused` for one of another order. */
  function valueAt(place: Place): number | string {
    if (place.value === null || typeof place.value !== typeof (start ?? end)) throw noPlace()
    return place.value
  }
  /** By the value too: SQLite begins at a pair where its first half is a column, not where it is an expression. */
  function compared(place: Place, byValue: RawBuilder<unknown>, byKey: RawBuilder<unknown>): RawBuilder<SqlBool> {
    if (of === null) return sql`${rowId} ${byKey} ${place.id}`
    return sql`(${of} ${byValue} ${valueAt(place)} and (${of}, ${rowId}) ${byKey} (${valueAt(place)}, ${place.id}))`
  }
  const isBefore = (place: Place): boolean =>
    start !== undefined && (isAscending ? valueAt(place) < start : valueAt(place) > start)

  function between(from: Place | null, to: Place | null): Rows<Table> {
    let rows: Rows<Table> = read.selectFrom<keyof Schema>(table)
    if (condition !== undefined) rows = rows.where(condition)
    if (from !== null && !isBefore(from)) rows = rows.where(compared(from, onward, behind))
    else if (start !== undefined) rows = rows.where(sql<SqlBool>`${of} ${onward} ${start}`)
    if (to !== null) rows = rows.where(compared(to, upTo, upTo))
    else if (end !== undefined) rows = rows.where(sql<SqlBool>`${of} ${upTo} ${end}`)
    for (const one of by) rows = rows.orderBy(one)
    return rows
  }

  return {
    name,
    by,
    slice: (from, to, most) => between(from, to).limit(most),
    // In its order, so that the index is read along: a database may find it cheaper to read the table until it has enough.
    count: async (most) => counted(read, between(null, null).select(rowId.as('id')).limit(most)),
    endOfSlice: async (from, size) => {
      const rows = between(from, null).select([rowId.as('id'), (of ?? sql<null>`null`).as('value')])
      const last = await rows
        .offset(size - 1)
        .limit(1)
        .executeTakeFirst()
      return last === undefined ? null : { order: name, value: last.value, id: last.id }
    },
    placeOf: (row) => ({ order: name, value: ofRow(row), id: row.id }),
  }
}

const [ascending, descending] = [[sql`>`, sql`>=`, sql`<=`] as const, [sql`<`, sql`<=`, sql`>=`] as const]

/** How many rows a query finds, of which it has to select something. */
export async function counted<Tables, Table extends keyof Tables>(
  read: Database['read'],
  rows: SelectQueryBuilder<Tables, Table, object>,
): Promise<number> {
  const { count } = await read
    .selectFrom(rows.as('some'))
    .select((of) => of.fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
