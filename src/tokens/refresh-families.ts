import { sql } from 'kysely'
import type { RawBuilder, SqlBool, Transaction } from 'kysely'
import type { Database } from '../storage/database.ts'
import { formatId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { RefreshFamilyRow, RefreshTokenRow, Schema } from '../storage/schema.ts'
import type { By } from './owner.ts'
import { userColumns } from './principal.ts'
import type { UserColumns } from './principal.ts'

/** Why a family is over, as it is written down. */
export type FamilyEnd = 'signed_out' | 'reused' | 'password_changed' | 'user_disabled' | 'revoked'

/** A refresh token with its family and its user. */
export interface RefreshState extends UserColumns {
  readonly id: bigint
  readonly family_id: bigint
  readonly spent_at: number | null
  readonly spent_by: Uint8Array | null
  readonly answer: Uint8Array | null
  readonly family_created_at: number
  readonly family_expires_at: number
  readonly family_revoked_at: number | null
  readonly family_claims: string
}

export interface RefreshFamiliesOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'revoke'>
  /** The longest that a token of a family lives which nobody looks up, in milliseconds. */
  readonly accessLifetime: number
  readonly clock: () => number
}

/** The rows behind refresh tokens. Every step is one unit, with its event in the audit log. */
export interface RefreshFamilies {
  readonly find: (id: bigint) => Promise<RefreshState | null>
  /** Begins a family, unless the user is inactive or has signed out everywhere since they proved who they are. */
  readonly begin: (
    family: RefreshFamilyRow,
    first: RefreshTokenRow | null,
    proof: { readonly since: number; readonly by: By },
  ) => Promise<boolean>
  /** Spends a token and adds its successor: `false` where it is spent, or its family or user is no longer good. */
  readonly spend: (state: RefreshState, spending: Spending) => Promise<boolean>
  /** Ends a family and the access tokens of it: `false` where it had ended. */
  readonly end: (familyId: bigint, reason: FamilyEnd, by: By) => Promise<boolean>
  /** Ends all families of a user and everything else that they were given: they have to sign in again. */
  readonly endAll: (userId: bigint, reason: FamilyEnd, by: By) => Promise<void>
}

export interface Spending {
  readonly successor: RefreshTokenRow
  /** Digest of what the spender showed of itself. */
  readonly spentBy: Uint8Array
  /** The answer, sealed; `null` where it is not to be given twice. */
  readonly answer: Uint8Array | null
  readonly by: By
}

export function createRefreshFamilies(options: RefreshFamiliesOptions): RefreshFamilies {
  const { database, revocations, accessLifetime, clock } = options
  const find = database.lookup<RefreshState>((read, match) =>
    read
      .selectFrom('refresh_tokens')
      .innerJoin('refresh_families', 'refresh_families.id', 'refresh_tokens.family_id')
      .innerJoin('users', 'users.id', 'refresh_families.user_id')
      .select([
        'refresh_tokens.id',
        'refresh_tokens.family_id',
        'refresh_tokens.spent_at',
        'refresh_tokens.spent_by',
        'refresh_tokens.answer',
        'refresh_families.created_at as family_created_at',
        'refresh_families.expires_at as family_expires_at',
        'refresh_families.revoked_at as family_revoked_at',
        'refresh_families.claims as family_claims',
      ])
      .select(userColumns)
      .where(match('refresh_tokens.id')),
  )
  // What ends a user's access at this moment is waited for, so that nothing slips through beside it.
  const held = database.dialect === 'postgres' ? sql`for share of users` : sql``

  return {
    find,
    begin: async (family, first, { since, by }) =>
      database.write(async (unit) => {
        const active = sql<SqlBool>`exists (
          select 1 from users where id = ${family.user_id} and is_active = 1
          and (signed_out_at is null or signed_out_at < ${since}) ${held}
        )`
        if (!(await holds(unit, active))) return false
        await unit.insertInto('refresh_families').values(family).execute()
        if (first !== null) await unit.insertInto('refresh_tokens').values(first).execute()
        const subject = subjectOf(family.id)
        await database.audit(unit, {
          ...by,
          event: 'family.created',
          subject,
          detail: { user: formatId(family.user_id) },
        })
        return true
      }),
    spend: async (state, { successor, spentBy, answer, by }) =>
      database.write(async (unit) => {
        const alive = sql<SqlBool>`exists (
          select 1 from refresh_families join users on users.id = refresh_families.user_id
          where refresh_families.id = refresh_tokens.family_id and refresh_families.revoked_at is null
          and users.is_active = 1 and (users.signed_out_at is null or users.signed_out_at < refresh_families.created_at)
          ${held}
        )`
        const spent = await unit
          .updateTable('refresh_tokens')
          .set({ spent_at: successor.created_at, spent_by: spentBy, answer })
          .where('id', '=', state.id)
          .where('spent_at', 'is', null)
          .where(alive)
          .returning('id')
          .executeTakeFirst()
        if (spent === undefined) return false
        await unit.insertInto('refresh_tokens').values(successor).execute()
        // The one before was spent for this token, which is spent now: nobody may have that answer again.
        await unit
          .updateTable('refresh_tokens')
          .set({ answer: null })
          .where('family_id', '=', state.family_id)
          .where('answer', 'is not', null)
          .where('id', '<>', state.id)
          .execute()
        const detail = { spent: formatId(state.id), next: formatId(successor.id) }
        await database.audit(unit, { ...by, event: 'family.refreshed', subject: subjectOf(state.family_id), detail })
        return true
      }),
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
        await unit.deleteFrom('sessions').where('user_id', '=', userId).execute()
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

async function holds(unit: Transaction<Schema>, condition: RawBuilder<SqlBool>): Promise<boolean> {
  const { rows } = await sql<{ one: number }>`select 1 as one where ${condition}`.execute(unit)
  return rows.length === 1
}

function subjectOf(familyId: bigint): string {
  return `refresh_family:${formatId(familyId)}`
}
