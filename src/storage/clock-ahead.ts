import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * By how many milliseconds a clock is ahead of the database's, to within half of the time that asking takes. `null` on SQLite, which
 * has the clock of the process.
 */
export async function clockAhead(
  { dialect, read }: Pick<Database, 'dialect' | 'read'>,
  clock: () => number,
): Promise<number | null> {
  if (dialect === 'sqlite') return null
  const before = clock()
  const query = sql<{
    now: number
  }>`select cast(extract(epoch from clock_timestamp()) * 1000 as double precision) as now`
  const now = Number((await query.execute(read)).rows[0]?.now)
  return Math.round((before + clock()) / 2 - now)
}
