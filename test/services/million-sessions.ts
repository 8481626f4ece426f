import { sql } from 'kysely'
import type { Database } from '../../src/storage/database.ts'
import { firstIdAt } from '../../src/storage/id.ts'
import { atOnce, type Filled, numbersBetween } from './million-rows.ts'

export interface FilledSessions {
  readonly sessionId: (nth: number) => bigint
  /** How long a session lasts that nobody uses, in seconds. */
  readonly idle: number
  /** An application that may act on every third sign-in, and one on three of them. */
  readonly large: string
  readonly small: string
}

/**
 * Fills sessions, one for each user, of the last 20 days, and grants of two applications. Of three sessions two rest on one factor
 * alone, of ten one began with a passkey, of fifty thousand one each was remembered or is of an emergency; the nth signed in from
 * the nth address of 10.0.0.0/8, and each hundredth was last used when it began.
 */
export async function fillSessions(
  database: Database,
  { now, userId }: Pick<Filled, 'now' | 'userId'>,
  count: number,
): Promise<FilledSessions> {
  const oldest = now - 20 * day
  const base = firstIdAt(oldest)
  const step = (firstIdAt(now) - base) / BigInt(count)
  const [first, second] = [userId(0), userId(1)]
  const [id, user] = [sql`${base} + n * ${step}`, sql`${first} + n * ${second - first}`]
  const at = sql`${oldest} + n * ${Math.floor((20 * day) / count)}`
  const isSqlite = database.dialect === 'sqlite'
  const digest = isSqlite ? sql`zeroblob(32)` : sql`decode(repeat('00', 32), 'hex')`
  const key = isSqlite ? sql`'4' || printf('%08x', ${tenth} + n)` : sql`'4' || lpad(to_hex(${tenth} + n), 8, '0')`
  const address = sql`'10.' || (n / 65536) || '.' || (n / 256 % 256) || '.' || (n % 256)`
  await database.write(async (unit) => {
    await sql`insert into clients (id, identifier, name, is_confidential, source, is_active, auth_method, grant_types, scopes,
        metadata, created_at, updated_at, organisation_suspended)
      select n, 'client' || n, 'client' || n, 0, 'manual', 1, 'none', '', '', '{}', ${oldest}, ${oldest}, 0
      from ${numbersBetween(database.dialect, 1, 2)}`.execute(unit)
  })
  for (let from = 0; from < count; from += atOnce) {
    const numbers = numbersBetween(database.dialect, from, Math.min(from + atOnce, count) - 1)
    await database.write(async (unit) => {
      await sql`insert into sessions (id, digest, user_id, created_at, last_seen_at, expires_at, authenticated_at, amr, address,
          user_agent, sign_in_id, address_key)
        select ${id}, ${digest}, ${user}, ${at}, case when n % 100 = 0 then ${at} else ${now} - n % 3600000 end,
          ${at} + ${30 * day}, ${at},
          case when n % 50000 = 1 then 'pwd break_glass' when n % 50000 = 2 then 'pwd rba mfa' when n % 50000 = 3 then 'fed'
            when n % 50000 = 4 then 'email' when n % 10 = 5 then 'hwk mfa' when n % 3 = 0 then 'pwd otp mfa' else 'pwd' end,
          ${address}, null, ${id}, ${key}
        from ${numbers}`.execute(unit)
      await sql`insert into grants (id, client_id, user_id, sign_in_id, scopes, resources, is_offline, created_at, expires_at,
          revoked_at, revoked_for, detail)
        select ${id}, 1, ${user}, ${id}, '', '', 0, ${at}, ${at} + ${30 * day}, null, null, '' from ${numbers} where n % 3 = 0`.execute(
        unit,
      )
    })
  }
  await database.write(async (unit) => {
    await sql`insert into grants (id, client_id, user_id, sign_in_id, scopes, resources, is_offline, created_at, expires_at,
        revoked_at, revoked_for, detail)
      select ${id} + 1, 2, ${user}, ${id}, '', '', 0, ${at}, ${at} + ${30 * day}, null, null, ''
      from ${numbersBetween(database.dialect, 0, 2)}`.execute(unit)
    for (const table of ['sessions', 'grants', 'clients']) await sql`analyze ${sql.table(table)}`.execute(unit)
  })
  return { sessionId: (nth) => base + step * BigInt(nth), idle: 25 * 86_400, large: 'client1', small: 'client2' }
}

const day = 86_400_000

/** 10.0.0.0 as a number. */
const tenth = 10 * 2 ** 24
