import { noPlace } from '../storage/keyset.ts'
import { formatId, parseId } from '../storage/id.ts'

/** An order of the list of sessions: by id, or by what an index has before it. The next page has to go on in the same one. */
export type SessionOrderName = 'id' | 'started' | 'seen' | 'network' | 'client'

/** Where in such an order a session stands. `value` is what stands before the id, `null` where nothing does. */
export interface SessionPlace {
  readonly order: SessionOrderName
  readonly value: number | string | null
  readonly id: bigint
}

/** As text that goes into an address. */
export function formatPlace({ order, value, id }: SessionPlace): string {
  return value === null ? formatId(id) : `${order}.${value}.${formatId(id)}`
}

/** Reads it again. Throws `RequestRefused` (`invalid`) for what is none. */
export function parsePlace(text: string): SessionPlace {
  const [, order, written = '', last = text] = /^(started|seen|network|client)\.(\w{1,40})\.(\w+)$/.exec(text) ?? []
  const id = parseId(last)
  if (id === null) throw noPlace()
  if (order === undefined) return { order: 'id', value: null, id }
  const value = order === 'network' || order === 'client' ? written : Number(written)
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw noPlace()
  return { order: order as SessionOrderName, value, id }
}
