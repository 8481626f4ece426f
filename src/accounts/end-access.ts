import type { Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { Schema } from '../storage/schema.ts'
import type { ActedBy } from './acted-by.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'

/** Why a user's sign-ins end, as it is written beside their refresh tokens. */
export type EndReason = 'signed_out' | 'password_changed' | 'user_disabled' | 'revoked'

export interface EndAccessOptions {
  readonly database: Database
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Seconds that an access token lives at most which nobody looks up. */
  readonly accessTokenLifetime: number
  /** Those of this process, so that it knows at once; without, it learns of them as other processes do (none). */
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Hears of sign-ins that end (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
}

/** Ends what a user was given, inside the unit that gives the reason: all of it is over when the unit is durable. */
export interface EndAccess {
  /**
   * Ends sessions, refresh tokens and access tokens of every kind, from up to now. Gives back the millisecond up to which
   * (inclusive) what was made is dead: what is to live on has to be made after it.
   */
  readonly everything: (unit: Transaction<Schema>, userId: bigint, reason: EndReason, by?: ActedBy) => Promise<number>
  /**
   * Ends access tokens that carry claims of their own, so that a right that was taken away is gone from them too. Sessions
   * and refresh tokens live on: they are looked up, and so show what the user may do now.
   */
  readonly claims: (unit: Transaction<Schema>, userIds: readonly bigint[]) => Promise<void>
}

export function createEndAccess(options: EndAccessOptions): EndAccess {
  const { database, clock, accessTokenLifetime, revocations, onEnded = async () => undefined } = options

  async function claims(
    unit: Transaction<Schema>,
    userIds: readonly bigint[],
    now = Math.floor(clock()),
  ): Promise<void> {
    // What was made in this very millisecond is dead as well: it might be from before.
    const rest = { kind: 'user', notBefore: now + 1, expiresAt: now + accessTokenLifetime * 1000 } as const
    if (revocations !== undefined) {
      for (const subjectId of userIds) await revocations.revoke(unit, { ...rest, subjectId })
      return
    }
    const { kind, notBefore: not_before, expiresAt: expires_at } = rest
    for (let start = 0; start < userIds.length; start += rowsAtOnce) {
      const part = userIds.slice(start, start + rowsAtOnce)
      const rows = part.map((subject_id) => ({ id: database.newId(), kind, subject_id, not_before, expires_at }))
      await unit.insertInto('revocations').values(rows).execute()
    }
  }

  return {
    claims: async (unit, userIds) => claims(unit, userIds),
    everything: async (unit, userId, reason, by = {}) => {
      const now = Math.floor(clock())
      await unit.updateTable('users').set({ signed_out_at: now }).where('id', '=', userId).execute()
      const sessions = unit.deleteFrom('sessions').where('user_id', '=', userId)
      const ended = await sessions.returning('sign_in_id').execute()
      const signIns = ended.map((row) => ({ signInId: row.sign_in_id, userId }))
      if (signIns.length > 0) await onEnded(unit, signIns, by)
      await unit
        .updateTable('refresh_families')
        .set({ revoked_at: now, revoked_for: reason })
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .execute()
      await claims(unit, [userId], now)
      return now
    },
  }
}

/** A statement has room for some thousands of values. */
const rowsAtOnce = 500
