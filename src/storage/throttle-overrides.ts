import { RequestRefused } from '../core/errors.ts'
import type { AuditEvent } from './audit.ts'
import type { Database } from './database.ts'
import { formatId, parseId } from './id.ts'
import type { ThrottleOverrideRow } from './schema.ts'
import { watchRows } from './watched-rows.ts'

/** A limit of its own for one caller, until it ends. */
export interface ThrottleOverride {
  readonly id: string
  /** Which limit: the name of its setting, or `key`. */
  readonly throttle: string
  /** Whose, as buckets are named: `user:4fQ…`, `apiKey:…`, `address:203.0.113.7`. */
  readonly subject: string
  /** Such as `100/min`; `null`: they are refused. */
  readonly rate: string | null
  readonly reason: string
  /** Who gave it, as in the audit log. */
  readonly createdBy: string
  readonly createdAt: number
  readonly expiresAt: number
}

export type NewThrottleOverride = Pick<ThrottleOverride, 'throttle' | 'subject' | 'rate' | 'reason' | 'expiresAt'>

/** Who does it, for the audit log. */
export type OverriddenBy = Pick<AuditEvent, 'actor' | 'actingAs' | 'through' | 'address' | 'requestId'>

export interface ThrottleOverrides {
  /** All that have not ended, as this process knows them: from memory, so that requests may ask. Others' are here within a second. */
  readonly live: () => readonly ThrottleOverride[]
  /** Goes up whenever `live` may have changed. */
  readonly version: () => number
  /** Those that have not ended, newest first, from the database. */
  readonly list: () => Promise<readonly ThrottleOverride[]>
  /** Gives one, in place of what the caller had for this limit. Throws `RequestRefused` (`conflict`) where there are too many. */
  readonly set: (override: NewThrottleOverride, by: OverriddenBy) => Promise<ThrottleOverride>
  /** Throws `RequestRefused` (`not_found`). */
  readonly delete: (id: string, by: OverriddenBy) => Promise<void>
  readonly close: () => Promise<void>
}

export interface ThrottleOverridesOptions {
  readonly database: Database
  /** Milliseconds between two looks for those of other processes (1000). */
  readonly interval?: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** How many there may be, since every process has all of them in memory. */
export const mostOverrides = 1000

export async function openThrottleOverrides({
  database,
  interval = 1000,
  clock,
}: ThrottleOverridesOptions): Promise<ThrottleOverrides> {
  let known: readonly ThrottleOverride[] = []
  let version = 0

  const alive = () =>
    database.read
      .selectFrom('throttle_overrides')
      .selectAll()
      .where('expires_at', '>', Math.floor(clock()))
      .orderBy('id', 'desc')
      .limit(mostOverrides)
  const watched = await watchRows(database, {
    interval,
    read: async () => alive().execute(),
    onRead: (rows) => {
      if (rows.length === 0 && known.length === 0) return
      known = rows.map(toOverride)
      version += 1
    },
  })

  return {
    live: () => known,
    version: () => version,
    list: async () => (await alive().execute()).map(toOverride),

    set: async ({ throttle, subject, rate, reason, expiresAt }, by) => {
      const row: ThrottleOverrideRow = {
        id: database.newId(),
        throttle,
        subject,
        rate,
        reason,
        created_by: by.actor,
        created_at: Math.floor(clock()),
        expires_at: Math.floor(expiresAt),
      }
      await database.write(async (unit) => {
        const others = await unit
          .selectFrom('throttle_overrides')
          .select('id')
          .where('expires_at', '>', row.created_at)
          .where((is) => is.not(is.and([is('throttle', '=', throttle), is('subject', '=', subject)])))
          .limit(mostOverrides)
          .execute()
        if (others.length === mostOverrides)
          throw new RequestRefused('conflict', `There are ${mostOverrides} already. End some first.`)
        await unit
          .insertInto('throttle_overrides')
          .values(row)
          .onConflict((of) => of.columns(['throttle', 'subject']).doUpdateSet(row))
          .execute()
        const detail = { throttle, rate: rate ?? 'blocked', until: new Date(row.expires_at).toISOString(), reason }
        await database.audit(unit, { ...by, event: 'throttle.overridden', subject: `throttle:${subject}`, detail })
      })
      await watched.refresh()
      return toOverride(row)
    },

    delete: async (text, by) => {
      const id = parseId(text)
      await database.write(async (unit) => {
        const gone =
          id === null
            ? undefined
            : await unit.deleteFrom('throttle_overrides').where('id', '=', id).returningAll().executeTakeFirst()
        if (gone === undefined) throw new RequestRefused('not_found')
        const { throttle, subject, rate } = gone
        const detail = { throttle, rate: rate ?? 'blocked' }
        await database.audit(unit, { ...by, event: 'throttle.override_ended', subject: `throttle:${subject}`, detail })
      })
      await watched.refresh()
    },

    close: watched.close,
  }
}

function toOverride(row: ThrottleOverrideRow): ThrottleOverride {
  return {
    id: formatId(row.id),
    throttle: row.throttle,
    subject: row.subject,
    rate: row.rate,
    reason: row.reason,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
