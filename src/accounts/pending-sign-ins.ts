import type { Transaction } from 'kysely'
import type { User } from '../core/identity.ts'
import { equalBytes } from '../crypto/compare.ts'
import type { Database } from '../storage/database.ts'
import { formatId, parseId } from '../storage/id.ts'
import type { PendingSignInRow, Schema } from '../storage/schema.ts'
import type { TokenFormat } from '../tokens/format.ts'
import { toUser, type UserColumns, userColumns, wordsOf } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'

export interface PendingSignInsOptions {
  readonly database: Database
  readonly format: TokenFormat
  /** Seconds that somebody has to go through all the steps (15 minutes). */
  readonly lifetime?: number
  /** How often a step may be guessed at before the sign-in has to begin anew (10). */
  readonly guesses?: number
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** A sign-in that waits for a step: whose credential was right, and what it has proved so far. */
export interface PendingSignIn {
  readonly id: string
  readonly digest: Uint8Array
  readonly user: User
  readonly amr: readonly string[]
  readonly authenticatedAt: number
  /** Where the browser is to go when all is done, `null` for home. */
  readonly next: string | null
  readonly expiresAt: number
  /** Which step it waits for, and how many forced ones are done. */
  readonly step: string
  readonly stepsDone: number
}

export type NewPendingSignIn = Pick<PendingSignIn, 'user' | 'amr' | 'authenticatedAt'> & {
  readonly next?: string | null
}

/**
 * Sign-ins that are not complete. They are no sessions: a table and a kind of token of their own, which no authenticator
 * knows. The browser alone has the value, whose digest is stored.
 */
export interface PendingSignIns {
  /** Seconds that one lives. */
  readonly lifetime: number
  /** Makes one. `step` is what it waits for, for the audit log; `replaces` are values of the same browser that are over. */
  readonly open: (
    signIn: NewPendingSignIn,
    by: Pick<ActedBy, 'address' | 'requestId'> & { readonly step: string; readonly replaces?: readonly string[] },
  ) => Promise<{ readonly value: string; readonly expiresAt: number }>
  /** Finds whose value it is: `null` where it is none of ours, over, or its user may not sign in any more. */
  readonly find: (value: string) => Promise<PendingSignIn | null>
  /**
   * Counts a guess, before anything is compared: so that guesses that come at once are counted too. `false` where all are
   * used up, and then the sign-in is over.
   */
  readonly countGuess: (pending: PendingSignIn) => Promise<boolean>
  /** Gives it a new value, after a step was done: `null` where it was used meanwhile. */
  readonly move: (
    pending: PendingSignIn,
    to: Pick<PendingSignIn, 'amr' | 'step' | 'stepsDone'>,
  ) => Promise<string | null>
  /** Uses it up: `true` for one caller of however many. */
  readonly take: (pending: PendingSignIn) => Promise<boolean>
  /** Forgets it. */
  readonly drop: (value: string) => Promise<void>
}

export function createPendingSignIns(options: PendingSignInsOptions): PendingSignIns {
  const { database, format, lifetime = 900, guesses = 10, clock = Date.now } = options
  for (const [name, value] of Object.entries({ lifetime, guesses })) {
    if (!Number.isInteger(value) || value <= 0) throw new TypeError(`Pending sign-ins: ${name} must be whole, above 0.`)
  }

  const lookup = database.lookup<Row>((read, match) =>
    read
      .selectFrom('pending_sign_ins')
      .innerJoin('users', 'users.id', 'pending_sign_ins.user_id')
      .select([
        'pending_sign_ins.id',
        'pending_sign_ins.digest',
        'pending_sign_ins.created_at',
        'pending_sign_ins.expires_at',
        'pending_sign_ins.amr',
        'pending_sign_ins.next',
        'pending_sign_ins.step',
        'pending_sign_ins.steps_done',
      ])
      .select(userColumns)
      .where(match('pending_sign_ins.id')),
  )

  /** Exactly one caller gets the row: it has to know the digest that is there now. */
  async function remove(unit: Transaction<Schema>, id: bigint, digest: Uint8Array): Promise<PendingSignInRow | null> {
    const gone = unit.deleteFrom('pending_sign_ins').where('id', '=', id).where('digest', '=', digest).returningAll()
    return (await gone.executeTakeFirst()) ?? null
  }

  async function drop(unit: Transaction<Schema>, value: string): Promise<void> {
    const token = format.parse(value)
    if (token?.kind === 'pend') await remove(unit, token.id, token.digest)
  }

  return {
    lifetime,

    open: async ({ user, amr, authenticatedAt, next = null }, { step, replaces = [], ...by }) => {
      const user_id = parseId(user.id)
      if (user_id === null) throw new TypeError('Pending sign-ins: user.id is not the id of a user.')
      const id = database.newId()
      const { text: value, digest } = format.make('pend', id)
      const expires_at = Math.floor(clock()) + lifetime * 1000
      const row: PendingSignInRow = {
        id,
        digest,
        user_id,
        created_at: authenticatedAt,
        expires_at,
        amr: amr.join(' '),
        next,
        guesses: 0,
        step,
        steps_done: 0,
      }
      const actor = `user:${user.id}`
      const event = eventBy({ actor, ...by }, 'sign_in.pending', actor, { step, amr: row.amr })
      await database.write(async (unit) => {
        for (const old of replaces) await drop(unit, old)
        await unit.insertInto('pending_sign_ins').values(row).execute()
        await database.audit(unit, event)
      })
      return { value, expiresAt: expires_at }
    },

    find: async (value) => {
      const token = format.parse(value)
      if (token?.kind !== 'pend') return null
      const row = await lookup(token.id)
      if (row === null || !equalBytes(row.digest, token.digest) || clock() >= row.expires_at) return null
      const user = toUser(row, row.created_at)
      if (user === null) return null
      const { digest, created_at: authenticatedAt, expires_at: expiresAt, next, step } = row
      return {
        id: formatId(row.id),
        digest,
        user,
        amr: wordsOf(row.amr),
        authenticatedAt,
        next,
        expiresAt,
        step,
        stepsDone: row.steps_done,
      }
    },

    countGuess: async ({ id, digest }) =>
      database.write(async (unit) => {
        const counted = await unit
          .updateTable('pending_sign_ins')
          .set((eb) => ({ guesses: eb('guesses', '+', 1) }))
          .where('id', '=', idOf(id))
          .where('digest', '=', digest)
          .where('expires_at', '>', Math.floor(clock()))
          .where('guesses', '<', guesses)
          .returning('guesses')
          .executeTakeFirst()
        if (counted === undefined) await remove(unit, idOf(id), digest)
        return counted !== undefined
      }),

    move: async ({ id, digest }, { amr, step, stepsDone }) => {
      const next = database.newId()
      const made = format.make('pend', next)
      return database.write(async (unit) => {
        const old = await remove(unit, idOf(id), digest)
        if (old === null || clock() >= old.expires_at) return null
        const row = { ...old, id: next, digest: made.digest, amr: amr.join(' '), step, steps_done: stepsDone }
        await unit.insertInto('pending_sign_ins').values(row).execute()
        return made.text
      })
    },

    take: async ({ id, digest }) =>
      database.write(async (unit) => {
        const old = await remove(unit, idOf(id), digest)
        return old !== null && clock() < old.expires_at
      }),

    drop: async (value) => database.write(async (unit) => drop(unit, value)),
  }
}

function idOf(id: string): bigint {
  const parsed = parseId(id)
  if (parsed === null) throw new TypeError('Pending sign-ins: this is not the id of one.')
  return parsed
}

type Row = Omit<PendingSignInRow, 'user_id' | 'guesses'> & UserColumns
