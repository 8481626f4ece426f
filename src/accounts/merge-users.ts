import { sql, type Transaction } from 'kysely'
import { RequestRefused } from '../core/errors.ts'
import type { Database } from '../storage/database.ts'
import { parseId } from '../storage/id.ts'
import type { Revocations } from '../storage/revocations.ts'
import type { Schema, UserRow } from '../storage/schema.ts'
import { wordsOf } from '../tokens/principal.ts'
import { type ActedBy, eventBy } from './acted-by.ts'
import { createEndAccess } from './end-access.ts'
import type { OnSignInsEnded } from './ended-sign-in.ts'
import { keepOneSuperuser } from './last-superuser.ts'
import { countMerged, endMerged, moveMerged } from './merged-rows.ts'
import type { Notify } from './notices.ts'
import { keepWithinReach } from './reach.ts'
import { hasMoreRights } from './timed-rights.ts'

export interface MergeUsersOptions {
  readonly database: Database
  /** Seconds that an access token lives at most which nobody looks up (a day). */
  readonly accessTokenLifetime?: number
  readonly revocations?: Pick<Revocations, 'revoke'> | undefined
  /** Hears of sign-ins that end (nothing). */
  readonly onEnded?: OnSignInsEnded | undefined
  /** Tells whoever reads mail at either address (nobody is told). */
  readonly notify?: Notify | undefined
  /** Milliseconds since 1970 (`Date.now`). */
  readonly clock?: () => number
}

/** What goes over to the account that stays, what it has already, and what ends, each counted by its table. */
export interface MergePlan {
  readonly moved: Readonly<Record<string, number>>
  /** Both have it: that of the account that stays counts. */
  readonly both: Readonly<Record<string, number>>
  readonly ended: Readonly<Record<string, number>>
  /** Whether the account that stays has no address, and takes over that of the other. */
  readonly takesEmail: boolean
}

/**
 * Makes two accounts of one person into one. What the one had goes over to the other: keys, tokens, service accounts,
 * applications, groups, organisations, roles, consents and linked sign-ins. It stays itself as a disabled account that
 * names the other, so that nobody takes its name. Its sign-ins, factors and password end, and so do grants of
 * applications: those know people by an id, which must not change for them (OpenID Connect Core 1.0, section 12.2).
 */
export interface MergeUsers {
  /** What would happen. Throws what `merge` throws. */
  readonly plan: (keptId: string, otherId: string, by?: ActedBy) => Promise<MergePlan>
  /**
   * Throws `RequestRefused`: `not_found`, and `conflict` for one and the same account, one that was merged already, one that stays
   * and is disabled or going to be deleted, one that stays and has more rights as an administrator than the other, for whoever has the other's keys
   * would have them; and where the last active superuser would be gone. `PermissionDenied` where either account is out of
   * reach of whoever does it (see `keepWithinReach`).
   */
  readonly merge: (keptId: string, otherId: string, by: ActedBy) => Promise<MergePlan>
}

export function createMergeUsers(options: MergeUsersOptions): MergeUsers {
  const { database, accessTokenLifetime = 86_400, clock = Date.now, revocations, onEnded, notify } = options
  const endAccess = createEndAccess({ database, clock, accessTokenLifetime, revocations, onEnded })

  async function both(
    unit: Transaction<Schema>,
    keptId: string,
    otherId: string,
    by: ActedBy,
  ): Promise<readonly [UserRow, UserRow]> {
    const ids = [parseId(keptId), parseId(otherId)]
    const [keptKey, otherKey] = ids
    if (keptKey === null || keptKey === undefined || otherKey === null || otherKey === undefined)
      throw new RequestRefused('not_found')
    if (keptKey === otherKey) throw conflict('Those are one and the same account.')
    // Organisations are held before users, wherever both are.
    if (database.dialect === 'postgres') await holdOrganisations(unit, otherKey)
    await keepOneSuperuser(unit, database.dialect, otherKey)
    const query = unit.selectFrom('users').selectAll().where('id', 'in', [keptKey, otherKey]).orderBy('id')
    const rows = await (database.dialect === 'postgres' ? query.forUpdate() : query).execute()
    const kept = rows.find(({ id }) => id === keptKey)
    const other = rows.find(({ id }) => id === otherKey)
    if (kept === undefined || other === undefined) throw new RequestRefused('not_found')
    for (const row of [kept, other]) await keepWithinReach(unit, by, row, Math.floor(clock()))
    if (kept.merged_into_id !== null || other.merged_into_id !== null)
      throw conflict('One of the two became part of another account already.')
    if (kept.is_active !== 1) throw conflict('The account that stays is disabled. Enable it first.')
    const leaving = unit.selectFrom('account_deletions').select('user_id').where('user_id', '=', kept.id)
    if ((await leaving.executeTakeFirst()) !== undefined) {
      throw conflict('The account that stays is going to be deleted, as its user wished. Have them keep it first.')
    }
    if (hasMoreRights(kept, other, Math.floor(clock()))) {
      throw conflict(
        'The account that stays has more rights as an administrator: whoever has keys or sign-ins of the other would have them too.',
      )
    }
    return [kept, other]
  }

  async function run(
    keptId: string,
    otherId: string,
    { by, isDry }: { readonly by: ActedBy; readonly isDry: boolean },
  ): Promise<MergePlan> {
    return database.write(async (unit) => {
      const [kept, other] = await both(unit, keptId, otherId, by)
      const plan = await countMerged(unit, kept, other, Math.floor(clock()))
      if (isDry) return plan
      await moveMerged(unit, kept.id, other.id)
      await endAccess.everything(unit, other.id, 'user_disabled', by)
      await endMerged(unit, other.id, Math.floor(clock()))
      await unit
        .updateTable('users')
        .set({
          is_active: 0,
          is_staff: 0,
          is_superuser: 0,
          staff_until: null,
          superuser_until: null,
          permissions: '',
          has_roles: 0,
          has_second_factor: 0,
          password_hash: null,
          merged_into_id: kept.id,
          ...(plan.takesEmail ? { email: null, email_key: null, email_verified: 0 } : {}),
        })
        .where('id', '=', other.id)
        .execute()
      const permissions = [...new Set([...wordsOf(kept.permissions), ...wordsOf(other.permissions)])].join(' ')
      const { email, email_key, email_verified } = other
      await unit
        .updateTable('users')
        .set({ permissions, has_roles: 1, ...(plan.takesEmail ? { email, email_key, email_verified } : {}) })
        .where('id', '=', kept.id)
        .execute()
      const { moved, both: same, ended } = plan
      const detail = {
        from: `user:${otherId}`,
        username: other.username,
        moved: told(moved),
        both: told(same),
        ended: told(ended),
      }
      await database.audit(unit, eventBy(by, 'user.merged', `user:${keptId}`, detail))
      await database.audit(unit, eventBy(by, 'user.merged_into', `user:${otherId}`, { into: `user:${keptId}` }))
      // Where the two are not of one person after all, it is they who notice. The one is not told what the other is called.
      if (other.email !== null && !plan.takesEmail)
        await notify?.(unit, other.id, 'account_ended', by, { to: other.email })
      await notify?.(unit, kept.id, 'account_joined', by, { what: other.username })
      return plan
    })
  }

  return {
    plan: async (keptId, otherId, by = {}) => run(keptId, otherId, { by, isDry: true }),
    merge: async (keptId, otherId, by) => run(keptId, otherId, { by, isDry: false }),
  }
}

function conflict(message: string): RequestRefused {
  return new RequestRefused('conflict', message)
}

async function holdOrganisations(unit: Transaction<Schema>, userId: bigint): Promise<void> {
  await sql`select id from organisations where id in (
    select organisation_id from organisation_members where user_id = ${userId}
  ) order by id for update`.execute(unit)
}

/** For the audit log, without what there is none of: `api_keys 3, memberships 1`. */
function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${table} ${count}`)
    .join(', ')
}
