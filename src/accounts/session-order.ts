import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import { inIndex, type IndexOrder, type OrderValue } from '../storage/index-order.ts'
import type { SessionRow } from '../storage/schema.ts'
import type { FilterPart } from '../storage/sliced-list.ts'
import { throughIds } from '../storage/through-ids.ts'
import { networkOfFilter, sessionConditions, type SessionFilter } from './session-filter.ts'

type Read = Database['read']
type Row = Omit<SessionRow, 'digest'>

/** All sessions, the newest first. */
export function everySession(read: Read): IndexOrder<'sessions', Row> {
  return inIndex(read, { table: 'sessions' })
}

/**
 * The parts of a filter, each with its order: those of a range of addresses address by address, those before a time by that time,
 * those of an application by the sign-in.
 */
export async function sessionParts(read: Read, filter: SessionFilter): Promise<readonly FilterPart<'sessions', Row>[]> {
  const parts: FilterPart<'sessions', Row>[] = []
  for (const [part, condition] of sessionConditions(filter)) {
    const value = valueOf(part, filter)
    const order =
      part === 'client'
        ? await ofClient(read, filter.client ?? '')
        : inIndex<'sessions', Row>(read, { table: 'sessions', ...(value === null ? { condition } : { value }) })
    parts.push({ condition, order })
  }
  return parts
}

/** What a part of the filter is a range of. */
function valueOf(part: keyof SessionFilter, filter: SessionFilter): OrderValue<Row> | null {
  const { startedBefore = 0, lastSeenBefore = 0 } = filter
  if (part === 'startedBefore') {
    return { name: 'started', of: sql`sessions.created_at`, ofRow: (row) => row.created_at, start: startedBefore - 1 }
  }
  if (part === 'lastSeenBefore') {
    return { name: 'seen', of: sql`sessions.last_seen_at`, ofRow: (row) => row.last_seen_at, start: lastSeenBefore - 1 }
  }
  const keys = part === 'network' ? networkOfFilter(filter) : null
  if (keys === null || keys.first === keys.last) return null
  const { first, last } = keys
  return { name: 'network', of: sql`sessions.address_key`, ofRow: (row) => row.address_key, start: last, end: first }
}

/** By the sign-ins that the application may act on, by one grant or more. */
async function ofClient(read: Read, identifier: string): Promise<IndexOrder<'sessions', Row>> {
  // Read first: only then does a database know whether it is one that has many.
  const client = await read.selectFrom('clients').select('id').where('identifier', '=', identifier).executeTakeFirst()
  return throughIds<'grants', 'sessions', Row>(read, {
    name: 'client',
    ids: read
      .selectFrom('grants')
      .select('grants.sign_in_id as id')
      .where('grants.client_id', '=', client?.id ?? -1n)
      .where('grants.revoked_at', 'is', null)
      .where('grants.sign_in_id', 'is not', null),
    column: 'grants.sign_in_id',
    joined: 'sessions.sign_in_id',
    rows: (ids) => read.selectFrom(ids.as('listed')).innerJoin('sessions', 'sessions.sign_in_id', 'listed.id'),
    idOf: (row) => row.sign_in_id,
  })
}
