import { type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from './database.ts'
import { firstIdAt, formatId, parseId } from './id.ts'
import type { AuditEventRow, Schema } from './schema.ts'

/** Something that happened, as it stands in the log. */
export interface AuditEntry {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly event: string
  readonly actor: string
  readonly subject: string
  readonly address: string | null
  readonly requestId: string | null
  readonly detail: Readonly<Record<string, unknown>>
  /** The chain that it is in, and its place there. */
  readonly chain: string
  readonly position: number
}

/** What to look for. What is left out may be anything. */
export interface AuditFilter {
  /** `user.disabled`, or all that begins so: `user.` with the point. */
  readonly event?: string | undefined
  /** `user:4fQ…`. */
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly address?: string | undefined
  readonly requestId?: string | undefined
  /** A text that stands in the details, whatever its case. */
  readonly text?: string | undefined
  /** Milliseconds since 1970, the first one in, the second one out. */
  readonly from?: number | undefined
  readonly until?: number | undefined
}

export interface AuditPageOptions {
  /** `next` of the page before (none: from the newest on). */
  readonly after?: string | undefined
  /** How many, from 1 to 1000 (50). */
  readonly limit?: number
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[]
  /** The `after` of the next page, `null` where there is nothing older. A page may be short and yet not be the last. */
  readonly next: string | null
}

/** The reading side of the audit log. */
export interface AuditLog {
  readonly find: (id: string) => Promise<AuditEntry | null>
  /** Newest first. Throws `RequestRefused` (`invalid`) for an `after` that is none. */
  readonly list: (filter?: AuditFilter, page?: AuditPageOptions) => Promise<AuditPage>
  /** How often each of some events came since a time: `most` (100,000) stands for that and more. */
  readonly count: (events: readonly string[], since: number) => Promise<Readonly<Record<string, number>>>
}

export interface AuditLogOptions {
  readonly database: Pick<Database, 'read'>
  /** How many rows one page looks at, at most, for what has no index (50,000). */
  readonly window?: number
}

/**
 * Pages begin behind an id, so that they stay right while events come. Whom, what and which event have an index; the rest is
 * looked for in a stretch of the log at a time, so that no question keeps the database busy for long.
 */
export function createAuditLog({ database: { read }, window = 50_000 }: AuditLogOptions): AuditLog {
  return {
    find: async (id) => {
      const wanted = parseId(id)
      if (wanted === null) return null
      const row = await read.selectFrom('audit_events').selectAll().where('id', '=', wanted).executeTakeFirst()
      return row === undefined ? null : entryOf(row)
    },

    list: async (filter = {}, { after, limit = 50 } = {}) => {
      const size = Math.min(Math.max(Math.trunc(limit) || 1, 1), 1000)
      const inOrder = indexed(read.selectFrom('audit_events'), filter, after).orderBy('id', 'desc')
      if (!needsWindow(filter)) {
        const rows = await inOrder
          .selectAll()
          .limit(size + 1)
          .execute()
        return pageOf(rows, size, null)
      }
      const stretch = inOrder.selectAll().limit(window)
      const rows = await scanned(read.selectFrom(stretch.as('stretch')).selectAll(), filter)
        .orderBy('id', 'desc')
        .limit(size + 1)
        .execute()
      if (rows.length > size) return pageOf(rows, size, null)
      const end = await inOrder
        .select('id')
        .offset(window - 1)
        .limit(1)
        .executeTakeFirst()
      return pageOf(rows, size, end === undefined ? null : formatId(end.id))
    },

    count: async (events, since) => {
      const counts: Record<string, number> = {}
      for (const event of events) {
        const query = indexed(read.selectFrom('audit_events'), { event, from: since }, undefined)
        const row = await query
          .select((of) => of.fn.sum<number | string | bigint | null>('events').as('count'))
          .executeTakeFirst()
        counts[event] = Number(row?.count ?? 0)
      }
      return counts
    },
  }
}

/** What is counted at most, so that a busy day costs no more than that. */
export const most = 100_000

type Rows<Result> = SelectQueryBuilder<Schema, 'audit_events', Result>

/** Events that come with every token have no index: see the migration. */
const frequent: readonly string[] = ['access_token.issued', 'grant.refreshed', 'family.refreshed']
const rare = sql<boolean>`event <> 'access_token.issued' and event <> 'grant.refreshed' and event <> 'family.refreshed'`

function indexed<Result>(query: Rows<Result>, filter: AuditFilter, after: string | undefined): Rows<Result> {
  const { event = '', actor, subject, from, until } = filter
  let rows = query
  if (after !== undefined) rows = rows.where('id', '<', cursor(after))
  if (from !== undefined) rows = rows.where('id', '>=', firstIdAt(from))
  if (until !== undefined) rows = rows.where('id', '<', firstIdAt(until))
  if (actor !== undefined) rows = rows.where('actor', '=', actor)
  if (subject !== undefined && frequent.includes(event)) {
    rows = rows.where((of) => of.or([of('subject', '=', subject), named(subject)]))
  } else if (subject !== undefined) rows = rows.where('subject', '=', subject)
  if (event !== '' && !event.endsWith('.')) rows = rows.where('event', '=', event)
  const isByIndex = actor !== undefined || subject !== undefined || (event !== '' && !event.endsWith('.'))
  // Nobody's history is told by the tokens that they were given: there is a list of those.
  return isByIndex && !frequent.includes(event) ? rows.where(rare) : rows
}

function needsWindow({ event = '', address, requestId, text }: AuditFilter): boolean {
  return event.endsWith('.') || [address, requestId, text].some((one) => one !== undefined)
}

type Stretch<Result> = SelectQueryBuilder<{ stretch: AuditEventRow }, 'stretch', Result>

function scanned<Result>(
  query: Stretch<Result>,
  { event = '', address, requestId, text }: AuditFilter,
): Stretch<Result> {
  let rows = query
  if (event.endsWith('.')) rows = rows.where('event', '>=', event).where('event', '<', `${event.slice(0, -1)}/`)
  if (address !== undefined) rows = rows.where('address', '=', address)
  if (requestId !== undefined) {
    const among = named(requestId)
    rows = rows.where((of) => of.or([of('request_id', '=', requestId), among]))
  }
  if (text !== undefined) {
    rows = rows.where(sql<boolean>`lower(detail) like ${around(text.toLowerCase())} escape '\\'`)
  }
  return rows
}

/** A text that stands in the details by itself: subjects and requests of events that share a row. */
function named(text: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`(events > 1 and detail like ${around(JSON.stringify(text))} escape '\\')`
}

function around(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}

function pageOf(rows: readonly AuditEventRow[], size: number, further: string | null): AuditPage {
  const entries = rows.slice(0, size).map(entryOf)
  return { entries, next: rows.length > size ? (entries.at(-1)?.id ?? null) : further }
}

function entryOf(row: AuditEventRow): AuditEntry {
  return {
    id: formatId(row.id),
    at: row.at,
    event: row.event,
    actor: row.actor,
    subject: row.subject,
    address: row.address,
    requestId: row.request_id,
    detail: detailIn(row.detail),
    chain: formatId(row.chain_id),
    position: row.position,
  }
}

/** Somebody may have meddled with the table: a page that shows it must not fall over. */
function detailIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : { value }
  } catch {
    return { unreadable: text }
  }
}

function cursor(after: string): bigint {
  const id = parseId(after)
  if (id !== null) return id
  throw new RequestRefused('invalid', undefined, { body: { after: ['It has to be the next of the page before.'] } })
}
