import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import { Unavailable } from '../core/errors.ts'
import type { Database } from './database.ts'
import { firstIdAt } from './id.ts'
import type { Schema } from './schema.ts'

/** Tables that lie in parts on PostgreSQL, one for each day of their ids, and one for the rest. */
type DailyTable = 'refresh_tokens' | 'access_tokens' | 'grant_tokens' | 'audit_events'

const dailyTables: readonly DailyTable[] = ['refresh_tokens', 'access_tokens', 'grant_tokens', 'audit_events']
const day = 86_400_000
const daysAhead = 7

/**
 * Makes the parts of today and of the next week where they are missing. A day without one is no harm: its rows go to the
 * rest, and are deleted one by one.
 */
export async function addPartitions({ read, write }: Database, now: number): Promise<void> {
  const days = Array.from({ length: daysAhead + 1 }, (_, ahead) => Math.floor(now / day) * day + ahead * day)
  for (const table of dailyTables) {
    const known = new Set((await partsOf({ read }, table)).map(({ end }) => end))
    for (const start of days) if (!known.has(start + day)) await add(write, table, start).catch(ignoreRest)
  }
}

/**
 * Drops the parts in which nothing is of use any more, which takes no longer for a million rows than for one. Returns about
 * how many rows that were: PostgreSQL's own estimate. A part that somebody is reading just now is left for the next time.
 */
export async function dropPartitions(
  database: Database,
  { now, keepAudit }: { readonly now: number; readonly keepAudit?: number | undefined },
): Promise<Readonly<Record<DailyTable, number>>> {
  const dropped = { refresh_tokens: 0, access_tokens: 0, grant_tokens: 0, audit_events: 0 }
  for (const table of dailyTables) {
    for (const part of await partsOf(database, table)) {
      const over =
        table === 'audit_events'
          ? keepAudit !== undefined && part.end <= now - keepAudit
          : part.end <= now && !(await anyAlive(database, part.name, now))
      if (over && (await drop(database, part.name))) dropped[table] += part.rows
    }
  }
  return dropped
}

interface Part {
  readonly name: string
  /** Its rows are from before: milliseconds since 1970. */
  readonly end: number
  readonly rows: number
}

async function partsOf({ read }: Pick<Database, 'read'>, table: DailyTable): Promise<readonly Part[]> {
  const query = sql<{ name: string; rows: number }>`
    select part.relname as name, greatest(part.reltuples, 0)::bigint as rows
    from pg_inherits join pg_class part on part.oid = inhrelid where inhparent = ${table}::regclass`
  return (await query.execute(read)).rows.flatMap(({ name, rows }) => {
    const match = /_(\d{4})(\d\d)(\d\d)$/.exec(name)
    if (match === null) return []
    const [year, month, date] = match.slice(1).map(Number) as [number, number, number]
    return [{ name, rows, end: Date.UTC(year, month - 1, date) + day }]
  })
}

async function anyAlive({ read }: Database, part: string, now: number): Promise<boolean> {
  return (await sql`select from ${sql.table(part)} where expires_at >= ${now} limit 1`.execute(read)).rows.length > 0
}

/** Attaching takes a weaker lock than making a part in place: readers and writers go on. */
async function add(write: Database['write'], table: DailyTable, start: number): Promise<void> {
  const name = `${table}_${new Date(start).toISOString().slice(0, 10).replaceAll('-', '')}`
  await write(async (transaction) => {
    await waitBriefly(transaction)
    await sql`select pg_advisory_xact_lock(${lock}::bigint)`.execute(transaction)
    const { rows } = await sql`select 1 as found where to_regclass(${name}) is not null`.execute(transaction)
    if (rows.length > 0) return
    const [from, to] = [firstIdAt(start), firstIdAt(start + day)]
    await sql`create table ${sql.table(name)} (like ${sql.table(table)} including all)`.execute(transaction)
    await sql`alter table ${sql.table(table)} attach partition ${sql.table(name)}
      for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(transaction)
  })
}

/** A number that nobody else uses. */
const lock = 6_021_023_000_001n

/** The rest may hold rows of that day already, from a clock that was ahead: then that day stays there. */
function ignoreRest(error: unknown): void {
  const holdsRows = error instanceof Error && 'code' in error && error.code === '23514'
  if (!holdsRows && !(error instanceof Unavailable)) throw error
}

async function drop({ write }: Database, name: string): Promise<boolean> {
  try {
    await write(async (transaction) => {
      await waitBriefly(transaction)
      await sql`drop table if exists ${sql.table(name)}`.execute(transaction)
    })
    return true
  } catch (error) {
    if (error instanceof Unavailable) return false
    throw error
  }
}

/** Whoever waits for a lock on a table makes everybody else wait behind it. */
async function waitBriefly(transaction: Transaction<Schema>): Promise<void> {
  await sql`set local lock_timeout = '50ms'`.execute(transaction)
}
