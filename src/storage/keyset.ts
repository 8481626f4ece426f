import { RequestRefused } from '../core/errors.ts'
import { parseId } from './id.ts'

/** Which part of a list. */
export interface PageOptions {
  /** `next` of the page before (none: the first page). */
  readonly after?: string | undefined
  /** How many, from 1 to 200 (50). */
  readonly limit?: number
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** The `after` of the next page, `null` where there is none. */
  readonly next: string | null
}

/** How many rows a page has; one more is asked for, to see whether there is another page. */
export function pageSize(limit = 50): number {
  return Math.min(Math.max(Math.trunc(limit) || 1, 1), 200)
}

/** The id that a page begins behind. Throws `RequestRefused` (`invalid`) for a text that is none. */
export function idBefore(after: string): bigint {
  const id = parseId(after)
  if (id !== null) return id
  throw noPlace()
}

/** A place in a list that is ordered by a number first, and by the id among equals. Throws as `idBefore`. */
export function placeBefore(after: string): { readonly value: number; readonly id: bigint } {
  const [, value, text = ''] = /^(-?\d{1,16})\.(\w+)$/.exec(after) ?? []
  const id = parseId(text)
  if (value !== undefined && id !== null && Number.isSafeInteger(Number(value))) return { value: Number(value), id }
  throw noPlace()
}

/** Makes a page of rows, of which one more may be there than fits. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  size: number,
  item: (row: Row) => Item,
  place: (row: Row) => string,
): Page<Item> {
  const page = rows.slice(0, size)
  const last = page.at(-1)
  return { items: page.map(item), next: rows.length > size && last !== undefined ? place(last) : null }
}

/** Refuses an `after` that is none. */
export function noPlace(): RequestRefused {
  return new RequestRefused('invalid', undefined, { body: { after: ['It has to be the next of the page before.'] } })
}
