import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { SessionRow } from '../storage/schema.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import type { EndedSignIn, OnSignInsEnded } from './ended-sign-in.ts'

/** How sessions end before their time. */
export interface SessionEnds {
  /** Ends a session, where it is that user's if one is given. Whether there was one. */
  readonly end: (id: string, userId?: string, by?: ActedBy) => Promise<boolean>
  /** Ends the user's sessions but one. How many there were. */
  readonly endOthers: (userId: string, keep: string, by?: ActedBy) => Promise<number>
}

export interface SessionEndsOptions {
  readonly database: Pick<Database, 'write' | 'audit'>
  /** Hears of sign-ins that end. */
  readonly onEnded: OnSignInsEnded
}

export function createSessionEnds({ database, onEnded }: SessionEndsOptions): SessionEnds {
  return {
    end: async (id, userId, by = {}) => {
      const wanted = parseId(id)
      const user = userId === undefined ? undefined : parseId(userId)
      if (wanted === null || user === null) return false
      return database.write(async (unit) => {
        const all = unit.deleteFrom('sessions').where('id', '=', wanted)
        const own = user === undefined ? all : all.where('user_id', '=', user)
        const ended = await own.returning(['user_id', 'sign_in_id']).executeTakeFirst()
        if (ended === undefined) return false
        const actor = by.actor ?? `user:${formatId(ended.user_id)}`
        await database.audit(
          unit,
          eventBy({ ...by, actor }, 'session.ended', `session:${id}`, { reason: 'signed_out' }),
        )
        await onEnded(unit, [endedSignIn(ended)], { ...by, actor })
        return true
      })
    },

    endOthers: async (userId, keep, by = {}) => {
      const [user, kept] = [parseId(userId), parseId(keep)]
      if (user === null || kept === null) return 0
      return database.write(async (unit) => {
        const others = unit.deleteFrom('sessions').where('user_id', '=', user).where('id', '<>', kept)
        const ended = await others.returning(['user_id', 'sign_in_id']).execute()
        const count = ended.length
        if (count === 0) return 0
        const who = { actor: `user:${userId}`, ...by }
        await database.audit(unit, eventBy(who, 'session.others_ended', `user:${userId}`, { count }))
        await onEnded(unit, ended.map(endedSignIn), who)
        return count
      })
    },
  }
}

/** The sign-in that ends with a session. */
export function endedSignIn(row: Pick<SessionRow, 'user_id' | 'sign_in_id'>): EndedSignIn {
  return { signInId: row.sign_in_id, userId: row.user_id }
}
