import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../src/storage/database.ts'
import { firstIdAt } from '../../src/storage/id.ts'

export interface Filled {
  /** When the newest row was made; the oldest is three years before. */
  readonly now: number
  /** The id of the nth user, of 0 and more. */
  readonly userId: (nth: number) => bigint
  readonly keyId: (nth: number) => bigint
  /** A group that a third of the users are in, and one that three are in. */
  readonly groupId: bigint
  readonly smallGroupId: bigint
}

/**
 * Fills users and API keys with as many rows as are wanted, by statements that make the rows themselves. Of a thousand users
 * one is disabled, of fifty thousand one is staff, a tenth never signed in; of keys a third ends some time, a tenth is
 * revoked, one of a hundred thousand is switched off, and half were never used.
 */
export async function fillRows(database: Database, count: number): Promise<Filled> {
  const now = Date.UTC(2026, 5, 1)
  const oldest = now - 3 * year
  const base = firstIdAt(oldest)
  const step = (firstIdAt(now) - base) / BigInt(count)
  const idOf = (nth: number): bigint => base + step * BigInt(nth)
  const [id, at] = [sql`${base} + n * ${step}`, sql`${oldest} + n * ${Math.floor((3 * year) / count)}`]
  const digest = database.dialect === 'sqlite' ? sql`zeroblob(32)` : sql`decode(repeat('00', 32), 'hex')`
  const never = sql`null`

  for (let from = 0; from < count; from += atOnce) {
    const numbers = numbersBetween(database.dialect, from, Math.min(from + atOnce, count) - 1)
    await database.write(async (unit) => {
      await sql`insert into users (id, username, username_key, email, email_key, email_verified, password_hash, is_active,
          is_staff, is_superuser, permissions, created_at, last_login_at, source)
        select ${id}, 'user' || n, 'user' || n, 'user' || n || '@example.org', 'user' || n || '@example.org', 1, null,
          case when n % 1000 = 0 then 0 else 1 end, case when n % 50000 = 1 then 1 else 0 end,
          case when n % 500000 = 1 then 1 else 0 end, '', ${at}, case when n % 10 = 0 then ${never} else ${at} end,
          case when n % 50000 = 7 then 'service' when n % 3 = 0 then 'import' else 'sign_up' end
        from ${numbers}`.execute(unit)
    })
    await database.write(async (unit) => {
      await sql`insert into api_keys (id, digest, user_id, service_account_id, name, mode, scopes, allowed_addresses, rate,
          created_at, expires_at, last_used_at, disabled_at, revoked_at)
        select ${id}, ${digest}, ${id}, null, 'key' || n, 'live', 'read', '', null,
          ${at}, case when n % 3 = 0 then ${at} + ${2 * year} else ${never} end,
          case when n % 2 = 0 then ${at} + ${year} else ${never} end,
          case when n % 100000 = 7 then ${at} else ${never} end, case when n % 10 = 5 then ${at} else ${never} end
        from ${numbers}`.execute(unit)
    })
  }
  const [groupId, smallGroupId] = [1n, 2n]
  await database.write(async (unit) => {
    await sql`insert into "groups" (id, name, permissions) values (1, 'large', ''), (2, 'small', '')`.execute(unit)
    await sql`insert into memberships (user_id, group_id)
      select ${id}, 1 from ${numbersBetween(database.dialect, 0, count - 1)} where n % 3 = 0`.execute(unit)
    await sql`insert into memberships (user_id, group_id)
      select ${id}, 2 from ${numbersBetween(database.dialect, 0, 2)}`.execute(unit)
  })
  await database.write(async (unit) => {
    for (const table of ['users', 'memberships', 'api_keys']) await sql`analyze ${sql.table(table)}`.execute(unit)
  })
  return { now, userId: idOf, keyId: idOf, groupId, smallGroupId }
}

/** Fills the counters of throttles: every second one is a network that is remembered for weeks, the others wait for less. */
export async function fillCounters(database: Database, count: number): Promise<void> {
  const now = Date.UTC(2026, 5, 1)
  for (let from = 0; from < count; from += atOnce) {
    const numbers = numbersBetween(database.dialect, from, Math.min(from + atOnce, count) - 1)
    const ends = sql`cast(${now} as bigint) + n + case when n % 2 = 0 then cast(${30 * 86_400_000} as bigint) else 1 end`
    await database.write(async (unit) =>
      sql`insert into throttle_counters (key, arrival, expires_at)
        select case when n % 2 = 0 then 'guess.known:' || n else 'guess.pair:' || n end, (${ends}) * 1000, ${ends}
        from ${numbers}`.execute(unit),
    )
  }
  await database.write(async (unit) => sql`analyze throttle_counters`.execute(unit))
}

/** Rows of one unit, at most. */
export const atOnce = 100_000

const year = 365 * 86_400_000

/** A table of one column, `n`, with these numbers. */
export function numbersBetween(dialect: Database['dialect'], from: number, to: number): RawBuilder<unknown> {
  return dialect === 'sqlite'
    ? sql`(with recursive numbers (n) as (select ${from} union all select n + 1 from numbers where n < ${to})
        select n from numbers) as counted`
    : sql`generate_series(cast(${from} as bigint), cast(${to} as bigint)) as counted (n)`
}
