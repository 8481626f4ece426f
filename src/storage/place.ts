import { formatId, parseId } from './id.ts'
import { noPlace } from './keyset.ts'

/** Where in an order a row stands. The next page has to go on in the same one. */
export interface Place {
  /** The name of the order; `null`: by the id alone. */
  readonly order: string | null
  /** What stands before the id, `null` where nothing does. */
  readonly value: number | string | null
  readonly id: bigint
}

/** As text that goes into an address: of small letters, digits, `.`, `-`, `_` and `~`. */
export function formatPlace({ order, value, id }: Place): string {
  const written = typeof value === 'string' ? `~${Buffer.from(value).toString('base64url')}` : value
  return [order, written, formatId(id)].filter((part) => part !== null).join('.')
}

/** Reads it again. Throws `RequestRefused` (`invalid`) for what is none. */
export function parsePlace(text: string): Place {
  const [, order = null, number, encoded, last = ''] = place.exec(text) ?? []
  const id = parseId(last)
  const value = number === undefined ? null : Number(number)
  if (id === null || (value !== null && !Number.isSafeInteger(value))) throw noPlace()
  return { order, value: encoded === undefined ? value : textOf(encoded), id }
}

/** No row has a text with a NUL, and PostgreSQL takes none to look for. */
function textOf(encoded: string): string {
  const text = Buffer.from(encoded, 'base64url').toString()
  if (text.includes('\0')) throw noPlace()
  return text
}

const place = /^(?:([a-z]+)\.(?:(-?\d{1,16})\.|~([\w-]{0,1400})\.)?)?(\w+)$/
