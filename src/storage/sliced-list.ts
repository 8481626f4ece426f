import { setImmediate } from 'node:timers/promises'
import type { Expression, SqlBool } from 'kysely'
import type { IndexOrder, Rows } from './index-order.ts'
import { noPlace, type Page } from './keyset.ts'
import { formatPlace, parsePlace, type Place } from './place.ts'
import type { Schema } from './schema.ts'

/** A part of a filter. */
export interface FilterPart<Table extends keyof Schema, Row> {
  /** What it asks of a row of the table. */
  readonly condition: Expression<SqlBool>
  /** The order that an index has what it lets through in; none where it lets most rows through. */
  readonly order?: IndexOrder<Table, Row>
}

export interface SlicedRead<Table extends keyof Schema, Row> {
  /** Those first in whose order the list is best read. */
  readonly parts: readonly FilterPart<Table, Row>[]
  /** The order of all rows. */
  readonly all: IndexOrder<Table, Row>
  /** Reads those rows of a slice that the rest of the filter lets through. */
  readonly read: (slice: SliceRead<Table>) => Promise<readonly Row[]>
  /** A `next` from before (none: from the beginning). */
  readonly after?: string | null | undefined
  /** Rows that are wanted of each slice (all). Where a slice has more, the next begins behind the last of them. */
  readonly most?: number
}

export interface SliceRead<Table extends keyof Schema> {
  /** To be read under the name of the table: `selectFrom(rows.selectAll(table).as(table))`. */
  readonly rows: Rows<Table>
  /** What the rest of the filter asks of them. */
  readonly others: readonly Expression<SqlBool>[]
  readonly by: IndexOrder<Table, never>['by']
  /** How many rows, at the most. */
  readonly wanted: number
}

/** A part of an index that was looked through. */
export interface Slice<Row> {
  /** What the filter lets through, in the order of the index. */
  readonly rows: readonly Row[]
  /** The place where it ends, `null` at the end of all. */
  readonly reached: string | null
  /** The place of a row: where the next page begins behind it. */
  readonly placeOf: (row: Row) => string
}

/**
 * Goes through what a filter finds in slices of an index: however many rows there are and however few match, no statement looks at
 * more than a slice, and between two others get their turn. The index is that of one part of the filter, and the other
 * parts are asked of its rows. Throws `RequestRefused` (`invalid`) for an `after` that is none.
 */
export async function* slicesOf<Table extends keyof Schema, Row>({
  parts,
  all,
  read,
  after = null,
  most = mostOfSlice,
}: SlicedRead<Table, Row>): AsyncGenerator<Slice<Row>> {
  let from = after === null ? null : parsePlace(after)
  const order = await orderOf(parts, all, from)
  const others = parts.filter((part) => part.order !== order).map(({ condition }) => condition)
  const wanted = Math.min(most, mostOfSlice)
  // Most pages are full with the first slice.
  let size = Math.min(4 * wanted, mostOfSlice)
  for (;;) {
    const to = await order.endOfSlice(from, size)
    const rows = await read({ rows: order.slice(from, to, size + spare), others, by: order.by, wanted })
    const last = rows.at(-1)
    const reached = rows.length === wanted && last !== undefined ? order.placeOf(last) : to
    yield {
      rows,
      reached: reached === null ? null : formatPlace(reached),
      placeOf: (row) => formatPlace(order.placeOf(row)),
    }
    if (reached === null) return
    from = reached
    size = Math.min(2 * size, mostOfSlice)
    await setImmediate()
  }
}

/** Rows. */
const mostOfSlice = 2000

/**
 * Rows that may have come to a slice meanwhile. With a limit, a database reads the rows of a slice first, along the index, and asks
 * the rest of these alone: PostgreSQL takes what is rare by itself for rarer still together, and would rather go through all that
 * an index of one of the other parts has.
 */
const spare = 2000

/**
 * The order of the first part that does not let many through: few rows are soon looked through, whatever the other parts leave of
 * them. Where all let many through, that of the first: a page is soon full.
 */
async function orderOf<Table extends keyof Schema, Row>(
  parts: readonly FilterPart<Table, Row>[],
  all: IndexOrder<Table, Row>,
  from: Place | null,
): Promise<IndexOrder<Table, Row>> {
  const own = parts.flatMap(({ order }) => (order === undefined ? [] : [order]))
  const possible = (own.length === 0 ? [all] : own).filter(({ name }) => from === null || name === from.order)
  const [first, ...others] = possible
  if (first === undefined) throw noPlace()
  if (others.length === 0) return first
  for (const order of possible) if ((await order.count(many)) < many) return order
  return first
}

const many = 5000

/**
 * A page of what a filter finds. Where few of very many match, it may hold fewer rows than were asked for, or none, and still have
 * a `next`: it is where the search stopped.
 */
export async function slicedPage<Table extends keyof Schema, Row, Item>(
  query: Omit<SlicedRead<Table, Row>, 'most'>,
  size: number,
  item: (row: Row) => Item,
): Promise<Page<Item>> {
  const items: Item[] = []
  let slices = 0
  let next: string | null = null
  for await (const { rows, reached, placeOf } of slicesOf({ ...query, most: size + 1 })) {
    slices += 1
    for (const row of rows) {
      if (items.length === size) return { items, next }
      items.push(item(row))
      next = placeOf(row)
    }
    if (slices === mostSlices && reached !== null) return { items, next: reached }
  }
  return { items, next: null }
}

/** How much of an index is looked through for one page: some 15,000 rows. */
const mostSlices = 10
