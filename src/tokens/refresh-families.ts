import { sql } from 'kysely'
import type { SqlBool, Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { RefreshFamilyRow, RefreshTokenRow, Schema } from '../storage/schema.ts'
import type { By } from './owner.ts'
import { prepare, prepareInsert, statement, type Value } from './prepared.ts'
import { userColumns } from './principal.ts'
import type { UserColumns } from './principal.ts'

/** Why a family is over, as it is written down. */
export type FamilyEnd = 'signed_out' | 'reused' | 'password_changed' | 'user_disabled' | 'revoked'

/** A refresh token with its family and its user. */
export interface RefreshState extends UserColumns {
  readonly id: bigint
  readonly family_id: bigint
  readonly spent_at: number | null
  /** The one that was given for it. */
  readonly next_id: bigint | null
  readonly family_created_at: number
  readonly family_expires_at: number
  readonly family_revoked_at: number | null
  readonly family_claims: string
}

export interface RefreshFamiliesOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'revoke'>
  /** Hears of browser sign-ins that end with everything else, in the unit that ends them (nothing). */
  readonly onSignInsEnded?: OnSignInsEnded | undefined
  /** The longest that a token of a family lives which nobody looks up, in milliseconds. */
  readonly accessLifetime: number
  readonly clock: () => number
}

/** What `accounts/ended-sign-in.ts` has. */
export type OnSignInsEnded = (
  unit: Transaction<Schema>,
  ended: readonly { readonly signInId: bigint; readonly userId: bigint }[],
  by: By,
) => Promise<void>

/** The rows behind refresh tokens. Every step is one unit, with its event in the audit log. */
export interface RefreshFamilies {
  readonly find: (id: bigint) => Promise<RefreshState | null>
  /** Begins a family, unless the user is inactive or has signed out everywhere since they proved who they are. */
  readonly begin: (
    family: RefreshFamilyRow,
    first: RefreshTokenRow | null,
    proof: { readonly since: number; readonly by: By },
  ) => Promise<boolean>
  /** The answer that was given for a token that is spent; `null` where what it gave was used, or it is not to be given twice. */
  readonly givenFor: (state: Pick<RefreshState, 'next_id'>) => Promise<GivenPair | null>
  /** Spends a token and adds its successor: `false` where it is spent, or its family or user is no longer good. */
  readonly spend: (state: RefreshState, spending: Spending) => Promise<boolean>
  /** Ends a family and the access tokens of it: `false` where it had ended. */
  readonly end: (familyId: bigint, reason: FamilyEnd, by: By) => Promise<boolean>
  /** Ends all families of a user and everything else that they were given: they have to sign in again. */
  readonly endAll: (userId: bigint, reason: FamilyEnd, by: By) => Promise<void>
}

export interface Spending {
  /** With the answer that it is given in. */
  readonly successor: RefreshTokenRow
  readonly by: By
}

/** The answer in which a token was given for the one before it. It is kept until that token is spent. */
export interface GivenPair {
  /** Digest of what the client showed of itself. */
  readonly askedBy: Uint8Array
  /** Sealed under the token before. */
  readonly answer: Uint8Array
}

export function createRefreshFamilies(options: RefreshFamiliesOptions): RefreshFamilies {
  const { database, revocations, accessLifetime, clock, onSignInsEnded = async () => undefined } = options
  const find = database.lookup<RefreshState>((read, match) =>
    read
      .selectFrom('refresh_tokens')
      .innerJoin('refresh_families', 'refresh_families.id', 'refresh_tokens.family_id')
      .innerJoin('users', 'users.id', 'refresh_families.user_id')
      .select([
        'refresh_tokens.id',
        'refresh_tokens.family_id',
        'refresh_tokens.spent_at',
        'refresh_tokens.next_id',
        'refresh_families.created_at as family_created_at',
        'refresh_families.expires_at as family_expires_at',
        'refresh_families.revoked_at as family_revoked_at',
        'refresh_families.claims as family_claims',
      ])
      .select(userColumns)
      .where(match('refresh_tokens.id')),
  )
  const findNext = database.lookup<Pick<RefreshTokenRow, 'id' | 'asked_by' | 'answer'>>((read, match) =>
    read.selectFrom('refresh_tokens').select(['id', 'asked_by', 'answer']).where(match('id')),
  )
  // What ends a user's access at this moment is waited for, so that nothing slips through beside it.
  const held = database.dialect === 'postgres' ? sql`for share of users` : sql``

  const userIsIn = prepare(database, (kysely, value: Value<'user' | 'since'>) => {
    const wanted = sql`users.id = ${value('user')} and users.is_active = 1
      and (users.signed_out_at is null or users.signed_out_at < ${value('since')}) ${held}`
    return kysely
      .selectFrom('users')
      .select('id')
      .where(sql<SqlBool>`${wanted}`)
  })
  const insertFamily = prepareInsert(database, 'refresh_families')
  const insertToken = prepareInsert(database, 'refresh_tokens')
  const spendToken = statement(database, (kysely, value: Value<'id' | 'now' | 'nextId'>) => {
    const alive = sql<SqlBool>`exists (
      select 1 from refresh_families join users on users.id = refresh_families.user_id
      where refresh_families.id = refresh_tokens.family_id and refresh_families.revoked_at is null
      and users.is_active = 1 and (users.signed_out_at is null or users.signed_out_at < refresh_families.created_at)
      ${held}
    )`
    return (
      kysely
        .updateTable('refresh_tokens')
        // The answer that it came in is forgotten: whoever shows the token before it again is nobody's lost connection any more.
        .set({ spent_at: value('now'), next_id: value('nextId'), asked_by: null, answer: null })
        .where('id', '=', value('id'))
        .where('spent_at', 'is', null)
        .where(alive)
    )
  })

  return {
    find,
    begin: async (family, first, { since, by }) =>
      database.write(async (unit) => {
        const { rows } = await userIsIn(unit, { user: family.user_id, since })
        if (rows.length === 0) return false
        await insertFamily(unit, family)
        if (first !== null) await insertToken(unit, first)
        const detail = { user: formatId(family.user_id) }
        await database.audit(unit, { ...by, event: 'family.created', subject: subjectOf(family.id), detail })
        return true
      }),
    givenFor: async ({ next_id: next }) => {
      const row = next === null ? null : await findNext(next)
      if (row === null || row.answer === null || row.asked_by === null) return null
      return { askedBy: row.asked_by, answer: row.answer }
    },
    spend: async ({ id, family_id: family }, { successor, by }) => {
      const detail = { spent: formatId(id), next: formatId(successor.id) }
      return database.appendIf({
        guard: spendToken({ id, now: successor.created_at, nextId: successor.id }),
        rows: {
          refresh_tokens: successor,
          audit: { ...by, event: 'family.refreshed', subject: subjectOf(family), detail },
        },
      })
    },
    end: async (familyId, reason, by) =>
      database.write(async (unit) => {
        const now = Math.floor(clock())
        const ended = await unit
          .updateTable('refresh_families')
          .set({ revoked_at: now, revoked_for: reason })
          .where('id', '=', familyId)
          .where('revoked_at', 'is', null)
          .returning('id')
          .executeTakeFirst()
        if (ended === undefined) return false
        await revocations.revoke(unit, { kind: 'family', subjectId: familyId, expiresAt: now + accessLifetime })
        await database.audit(unit, { ...by, event: 'family.revoked', subject: subjectOf(familyId), detail: { reason } })
        return true
      }),
    endAll: async (userId, reason, by) =>
      database.write(async (unit) => {
        const now = Math.floor(clock())
        await unit.updateTable('users').set({ signed_out_at: now }).where('id', '=', userId).execute()
        const sessions = unit.deleteFrom('sessions').where('user_id', '=', userId).returning('sign_in_id')
        const ended = (await sessions.execute()).map((row) => ({ signInId: row.sign_in_id, userId }))
        if (ended.length > 0) await onSignInsEnded(unit, ended, by)
        await unit
          .updateTable('refresh_families')
          .set({ revoked_at: now, revoked_for: reason })
          .where('user_id', '=', userId)
          .where('revoked_at', 'is', null)
          .execute()
        // What was made in this very millisecond is dead as well: it might be from before.
        const notBefore = now + 1
        await revocations.revoke(unit, { kind: 'user', subjectId: userId, notBefore, expiresAt: now + accessLifetime })
        const subject = `user:${formatId(userId)}`
        await database.audit(unit, { ...by, event: 'user.signed_out_everywhere', subject, detail: { reason } })
      }),
  }
}

function subjectOf(familyId: bigint): string {
  return `refresh_family:${formatId(familyId)}`
}
