import { PermissionDenied, RequestRefused } from '../core/errors.ts'
import type { User } from '../core/identity.ts'
import type { Database } from '../storage/database.ts'
import { formatId, idOrNone, parseId } from '../storage/id.ts'
import { toUser, type UserColumns, userColumns } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { invalid } from './user-values.ts'

/** As whom a superuser looks at the site, until when, and why. Times are milliseconds since 1970. */
export interface ActingAs {
  readonly user: User
  readonly reason: string
  readonly since: number
  readonly until: number
}

/** Whose session it is that acts. */
export interface Actor {
  readonly sessionId: string
  readonly user: User
}

/**
 * Superusers who see the site as somebody else does. It hangs on their own session, makes none for the other, and ends with
 * it, by itself after a while, or when either of the two is not what they were. Only the pages of the consoles know of it:
 * to everything else, a superuser who acts is themselves.
 */
export interface Acting {
  /**
   * Begins. `minutes` is from 15 to 60. Throws `invalid` without a reason, `permission_denied` for whoever is no superuser, or
   * as a member of staff, a superuser or oneself, `not_found`, and `conflict` for one who is disabled, or while it goes on already.
   */
  readonly start: (
    actor: Actor,
    as: { readonly userId: string; readonly reason: string; readonly minutes: number },
    by: ActedBy,
  ) => Promise<void>
  /** `null` for a session that acts as nobody. */
  readonly current: (actor: Actor) => Promise<ActingAs | null>
  /** Whether there was something to stop. */
  readonly stop: (actor: Actor, by: ActedBy) => Promise<boolean>
}

export function createActing({
  database,
  clock = Date.now,
}: {
  readonly database: Database
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}): Acting {
  const rowOf = (sessionId: string, now: number) =>
    database.read
      .selectFrom('acted_sessions')
      .innerJoin('users', 'users.id', 'acted_sessions.user_id')
      .select(['acted_sessions.reason', 'acted_sessions.created_at', 'acted_sessions.expires_at'])
      .select(userColumns)
      .where('acted_sessions.session_id', '=', idOrNone(sessionId))
      .where('acted_sessions.expires_at', '>', now)

  return {
    start: async (actor, { userId, reason, minutes }, by) => {
      const why = reason.trim()
      const faults: Record<string, readonly string[]> = {}
      if (why.length < 5 || why.length > 500) faults['reason'] = ['Say why, in 5 to 500 characters: it is recorded.']
      if (!Number.isInteger(minutes) || minutes < 15 || minutes > 60)
        faults['minutes'] = ['Choose from 15 to 60 minutes.']
      if (Object.keys(faults).length > 0) throw invalid(faults)
      const [id, session] = [parseId(userId), parseId(actor.sessionId)]
      if (id === null || session === null) throw new RequestRefused('not_found')
      const now = Math.floor(clock())
      await database.write(async (unit) => {
        const query = unit.selectFrom('users').selectAll().where('id', '=', id)
        const row = await (database.dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst()
        if (row === undefined) throw new RequestRefused('not_found')
        if (
          actor.user.isSuperuser !== true ||
          row.is_staff === 1 ||
          row.is_superuser === 1 ||
          actor.user.id === userId
        ) {
          throw new PermissionDenied(
            'permission_denied',
            'Only a superuser may act as somebody, and never as staff, as a superuser or as themselves.',
          )
        }
        if (row.is_active !== 1)
          throw new RequestRefused('conflict', 'The account is disabled: there is nothing to see as its user.')
        await unit
          .deleteFrom('acted_sessions')
          .where('session_id', '=', session)
          .where('expires_at', '<=', now)
          .execute()
        const begun = await unit
          .insertInto('acted_sessions')
          .values({
            session_id: session,
            user_id: id,
            reason: why,
            created_at: now,
            expires_at: now + minutes * 60_000,
          })
          .onConflict((same) => same.column('session_id').doNothing())
          .returning('session_id')
          .executeTakeFirst()
        if (begun === undefined) throw new RequestRefused('conflict', 'You act as somebody already. Stop that first.')
        await database.audit(unit, eventBy(by, 'acting.started', `user:${userId}`, { reason: why, minutes }))
      })
    },

    current: async ({ sessionId, user: actor }) => {
      if (actor.isSuperuser !== true) return null
      const row = await rowOf(sessionId, Math.floor(clock())).executeTakeFirst()
      if (row === undefined) return null
      const user = toUser(row satisfies UserColumns, clock())
      // They may have been given rights since.
      if (user === null || user.isStaff === true || user.isSuperuser === true) return null
      return { user, reason: row.reason, since: row.created_at, until: row.expires_at }
    },

    stop: async ({ sessionId }, by) =>
      database.write(async (unit) => {
        const stopped = await unit
          .deleteFrom('acted_sessions')
          .where('session_id', '=', idOrNone(sessionId))
          .returning(['user_id', 'expires_at'])
          .executeTakeFirst()
        if (stopped === undefined) return false
        const subject = `user:${formatId(stopped.user_id)}`
        await database.audit(unit, eventBy(by, 'acting.ended', subject, {}))
        return stopped.expires_at > Math.floor(clock())
      }),
  }
}
