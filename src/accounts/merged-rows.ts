import { sql, type Transaction } from 'kysely'
import type { Schema, UserRow } from '../storage/schema.ts'
import type { MergePlan } from './merge-users.ts'

/** What would go over, what both have, and what would end. */
export async function countMerged(
  unit: Transaction<Schema>,
  kept: UserRow,
  other: UserRow,
  now: number,
): Promise<MergePlan> {
  const count = async (table: string, condition: ReturnType<typeof sql>): Promise<number> => {
    const query = sql<{ readonly count: unknown }>`select count(*) as count from ${sql.table(table)} where ${condition}`
    return Number((await query.execute(unit)).rows[0]?.count ?? 0)
  }
  const moved: Record<string, number> = {}
  const both: Record<string, number> = {}
  const ended: Record<string, number> = {}
  for (const [table, column] of simple) moved[table] = await count(table, sql`${sql.ref(column)} = ${other.id}`)
  for (const [table, columns] of shared) {
    const same = isSame(table, columns, kept.id)
    moved[table] = await count(table, sql`user_id = ${other.id} and not ${same}`)
    both[table] = await count(table, sql`user_id = ${other.id} and ${same}`)
  }
  ended['sessions'] = await count('sessions', sql`user_id = ${other.id} and expires_at > ${now}`)
  ended['grants'] = await count('grants', sql`user_id = ${other.id} and expires_at > ${now} and revoked_at is null`)
  for (const table of endingTables) ended[table] = await count(table, sql`user_id = ${other.id}`)
  // Where it is the other's name as well, it stays with the name.
  const takesEmail = kept.email === null && other.email !== null && other.email_key !== other.username_key
  return { moved, both, ended, takesEmail }
}

/** Gives the account that stays what the other has. */
export async function moveMerged(unit: Transaction<Schema>, kept: bigint, other: bigint): Promise<void> {
  // They refer to who is a member of what, and would hold the members where they are.
  for (const table of chosenAnew) await sql`delete from ${sql.table(table)} where user_id = ${other}`.execute(unit)
  for (const [table, column] of simple) {
    await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${kept} where ${sql.ref(column)} = ${other}`.execute(
      unit,
    )
  }
  // Where both are members, the higher of the two standings stays: an organisation must not lose its last owner.
  for (const standing of ['owner', 'admin'] as const) {
    await sql`
      update organisation_members set standing = ${standing}
      where user_id = ${kept} and standing <> 'owner' and organisation_id in (
        select theirs.organisation_id from organisation_members as theirs
        where theirs.user_id = ${other} and theirs.standing = ${standing}
      )
    `.execute(unit)
  }
  // Where both have a role, it counts for as long as either of the two had it.
  const same = sql`theirs.user_id = ${other} and theirs.role_id = role_grants.role_id
    and coalesce(theirs.organisation_id, 0) = coalesce(role_grants.organisation_id, 0)`
  await sql`
    update role_grants set ends_at = (select theirs.ends_at from role_grants as theirs where ${same})
    where user_id = ${kept} and ends_at is not null and exists (
      select 1 from role_grants as theirs where ${same} and (theirs.ends_at is null or theirs.ends_at > role_grants.ends_at)
    )
  `.execute(unit)
  for (const [table, columns] of shared) {
    const name = sql.table(table)
    await sql`update ${name} set user_id = ${kept} where user_id = ${other} and not ${isSame(table, columns, kept)}`.execute(
      unit,
    )
    await sql`delete from ${name} where user_id = ${other}`.execute(unit)
  }
}

/** Ends everything by which the other account could still be signed in to, or act. */
export async function endMerged(unit: Transaction<Schema>, other: bigint, now: number): Promise<void> {
  await unit
    .updateTable('grants')
    .set({ revoked_at: now, revoked_for: 'user_disabled' })
    .where('user_id', '=', other)
    .where('revoked_at', 'is', null)
    .execute()
  const gone = [
    ...endingTables,
    'totp_enrolments',
    'trusted_browsers',
    'pending_sign_ins',
    'mail_links',
    'mail_codes',
    'provider_sign_ins',
    'pending_links',
    'app_sign_ins',
    'acted_sessions',
    // It stays as what it is now, so that nobody takes its name.
    'account_deletions',
  ] as const
  for (const table of gone) await sql`delete from ${sql.table(table)} where user_id = ${other}`.execute(unit)
  await unit.deleteFrom('break_glass_codes').where('user_id', '=', other).where('used_at', 'is', null).execute()
}

/** Tables that refer to whose it is, with nothing that both could have. */
const simple = [
  ['api_keys', 'user_id'],
  ['api_tokens', 'user_id'],
  ['client_certificates', 'user_id'],
  ['linked_accounts', 'user_id'],
  ['service_accounts', 'owner_id'],
  ['clients', 'owner_id'],
] as const

/** Tables where both can have the same, by these columns. */
const shared = [
  ['memberships', ['group_id']],
  ['organisation_members', ['organisation_id']],
  ['role_grants', ['role_id', 'organisation_id']],
  ['consents', ['client_id']],
] as const

/** What ends, and does not go over. */
const endingTables = ['passkeys', 'totp_devices', 'recovery_codes'] as const

/** What is said for one membership, or of one account, and is said anew. */
const chosenAnew = ['organisation_choices', 'default_organisations', 'preferences'] as const

/** Of a table with rows of the other account: whether the account that stays has the same. */
function isSame(table: string, columns: readonly string[], kept: bigint) {
  const alike = columns.map(
    (name) => sql`coalesce(own.${sql.ref(name)}, 0) = coalesce(${sql.ref(`${table}.${name}`)}, 0)`,
  )
  return sql`exists (select 1 from ${sql.table(table)} as own where own.user_id = ${kept} and ${sql.join(alike, sql` and `)})`
}
