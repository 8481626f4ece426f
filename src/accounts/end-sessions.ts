import { formatId } from '../storage/id.ts'
import type { Database } from '../storage/database.ts'
import type { AuditEvent } from '../storage/audit.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { type AdministratorUntil, isWithinReach, reachOf } from './reach.ts'
import { endedSignIn } from './session-ends.ts'
import type { SessionFilter } from './session-filter.ts'
import type { WalkedSession, WalkSessions } from './session-walk.ts'

/** Who ends sessions. */
export interface EndingActor {
  readonly id: string
  readonly until: AdministratorUntil
  /** The session that it is done with, which stays; `null`: it is done by a key. */
  readonly sessionId: string | null
}

/** What a filter finds. */
export interface SessionCount {
  /** Those that would end, without the one that it is done with. */
  readonly count: number
  /** Of how many users. Counted up to `mostUsers`. */
  readonly users: number
  /** Those of administrators, which only a superuser ends, and one for a while only where they are no longer one. They stay. */
  readonly leftOut: number
  /** Whether the session that it is done with is among those that match. */
  readonly hasOwn: boolean
}

export interface EndSessions {
  readonly count: (filter: SessionFilter, actor: EndingActor) => Promise<SessionCount>
  /**
   * Ends what the filter finds, `mostAtOnce` at the most, in units of a few hundred, each with rows in the audit log: what others
   * do goes on meanwhile, and where it stops halfway, it can be begun again. How many there were. Each unit asks anew what the
   * actor may: those of whoever has become an administrator meanwhile stay, and it throws `PermissionDenied` where the actor is
   * none any more.
   */
  readonly end: (filter: SessionFilter, actor: EndingActor, by: ActedBy) => Promise<number>
}

/** Beyond this it is not said how many users there are. */
export const mostUsers = 10_000

export interface EndSessionsOptions {
  readonly database: Pick<Database, 'write' | 'audit'>
  readonly walk: WalkSessions
  /** Hears of sign-ins that end. */
  readonly onEnded: OnSignInsEnded
  /** How many end in one call (20,000: that takes seconds). */
  readonly mostAtOnce?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** Ends sessions by what they are like, as after a break-in. */
export function createEndSessions(options: EndSessionsOptions): EndSessions {
  const { database, walk, onEnded, mostAtOnce = 20_000, clock = Date.now } = options

  /** Whose rights are other ones by now, the actor's among them, is seen here: it may take minutes since the page was opened. */
  async function endSome(
    some: readonly WalkedSession[],
    filter: SessionFilter,
    { actor, by }: { readonly actor: EndingActor; readonly by: ActedBy },
  ): Promise<number> {
    return database.write(async (unit) => {
      const own = await reachOf(unit, actor.id, clock())
      const rows = await unit
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select(['sessions.id', 'sessions.user_id', 'users.is_staff', 'users.is_superuser'])
        .select(['users.staff_until', 'users.superuser_until'])
        .where(
          'sessions.id',
          'in',
          some.map(({ id }) => id),
        )
        .execute()
      const within = rows.filter((row) => mayEnd(row, { ...actor, until: own }))
      if (within.length === 0) return 0
      const ended = await unit
        .deleteFrom('sessions')
        .where(
          'id',
          'in',
          within.map(({ id }) => id),
        )
        .returning(['user_id', 'sign_in_id'])
        .execute()
      if (ended.length === 0) return 0
      const counts = new Map<bigint, number>()
      for (const row of ended) counts.set(row.user_id, (counts.get(row.user_id) ?? 0) + 1)
      for (const [user, count] of counts) await database.audit(unit, eventOf(user, count, filter, by))
      await onEnded(unit, ended.map(endedSignIn), by)
      return ended.length
    })
  }

  return {
    count: async (filter, actor) => {
      const users = new Set<bigint>()
      let count = 0
      let leftOut = 0
      let hasOwn = false
      for await (const { rows } of walk(filter)) {
        for (const row of rows) {
          if (formatId(row.id) === actor.sessionId) hasOwn = true
          else if (!mayEnd(row, actor)) leftOut += 1
          else {
            count += 1
            if (users.size < mostUsers) users.add(row.user_id)
          }
        }
      }
      return { count, users: users.size, leftOut, hasOwn }
    },

    end: async (filter, actor, by) => {
      let ended = 0
      for await (const { rows } of walk(filter)) {
        const all = rows.filter((row) => formatId(row.id) !== actor.sessionId && mayEnd(row, actor))
        for (let from = 0; from < all.length && ended < mostAtOnce; from += inOneUnit) {
          const some = all.slice(from, from + Math.min(inOneUnit, mostAtOnce - ended))
          ended += await endSome(some, filter, { actor, by })
        }
        if (ended >= mostAtOnce) break
      }
      return ended
    },
  }
}

const inOneUnit = 200

type Owned = Pick<WalkedSession, 'user_id' | 'is_staff' | 'is_superuser' | 'staff_until' | 'superuser_until'>

/** As for accounts: their own, or those within their reach. */
function mayEnd(row: Owned, actor: EndingActor): boolean {
  const theirs = {
    staff: row.is_staff === 1 ? (row.staff_until ?? Infinity) : 0,
    superuser: row.is_superuser === 1 ? (row.superuser_until ?? Infinity) : 0,
  }
  return formatId(row.user_id) === actor.id || isWithinReach(actor.until, theirs)
}

/** One row for each user and unit, so that each finds in their own history what ended for them. */
function eventOf(user: bigint, count: number, filter: SessionFilter, by: ActedBy): AuditEvent {
  const wanted = Object.entries(filter).filter(([name, value]) => value !== undefined && name !== 'userId')
  return eventBy(by, 'session.filtered_ended', `user:${formatId(user)}`, { count, ...Object.fromEntries(wanted) })
}
