import { type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import type { Database } from './database.ts'
import { counted, type IndexOrder, type Rows } from './index-order.ts'
import type { Place } from './place.ts'
import type { Schema } from './schema.ts'

export interface ThroughIdsOptions<From extends keyof Schema, Table extends keyof Schema, Row> {
  /** The name of the order, where it is not by the id of a row. */
  readonly name?: string
  /** The ids as `id`, each once or more often. */
  readonly ids: Ids<From>
  /** The column that they are from, as `table.column`. */
  readonly column: string
  /** The column of the table that has each of them at most once, as `table.column`. */
  readonly joined: string
  /** The rows with these ids, which stand in `listed.id`. */
  readonly rows: (listed: Ids<From>) => Rows<Table>
  readonly idOf: (row: Row) => bigint
}

export type Ids<From extends keyof Schema> = SelectQueryBuilder<Schema, From, { id: bigint | null }>

/** Goes along ids that another table has in an index, as that of the members of a group: the newest first. */
export function throughIds<From extends keyof Schema, Table extends keyof Schema, Row>(
  read: Database['read'],
  { name, ids, column, joined, rows, idOf }: ThroughIdsOptions<From, Table, Row>,
): IndexOrder<Table, Row> {
  const order = name ?? null
  const listed = sql<bigint>`${sql.ref(column)}`

  function between(from: Place | null, to: Place | null): Ids<From> {
    let some = ids.distinct()
    if (from !== null) some = some.where(sql<SqlBool>`${listed} < ${from.id}`)
    if (to !== null) some = some.where(sql<SqlBool>`${listed} >= ${to.id}`)
    return some.orderBy(sql`${listed} desc`)
  }

  return {
    name: order,
    by: [sql`${sql.ref(joined)} desc`],
    slice: (from, to, most) => rows(between(from, to).limit(most)).limit(most),
    count: async (most) => counted(read, between(null, null).limit(most)),
    endOfSlice: async (from, size) => {
      const last = await between(from, null)
        .offset(size - 1)
        .limit(1)
        .executeTakeFirst()
      const id = last?.id ?? null
      return id === null ? null : { order, value: null, id }
    },
    placeOf: (row) => ({ order, value: null, id: idOf(row) }),
  }
}
