import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Database } from '../storage/database.ts'
import { openPostgres } from '../storage/postgres.ts'
import { openSqlite, type SqliteOptions } from '../storage/sqlite.ts'
import type { Settings } from './settings.ts'

/** Opens the database that the settings name: PostgreSQL by its URL, or a SQLite file that its owner alone can read. */
export async function openDatabase(
  settings: Pick<Settings, 'databaseUrl' | 'data'>,
  options: Pick<SqliteOptions, 'clock' | 'auditKey'> = {},
): Promise<Database> {
  const { databaseUrl } = settings
  if (databaseUrl !== null && !databaseUrl.startsWith('sqlite:')) return openPostgres({ url: databaseUrl, ...options })
  const path = sqlitePath(settings)
  if (path !== ':memory:') {
    mkdirSync(resolve(path, '..'), { recursive: true, mode: 0o700 })
    const isNew = !existsSync(path)
    const database = await openSqlite({ path, ...options })
    if (isNew) chmodSync(path, 0o600)
    return database
  }
  return openSqlite({ path, ...options })
}

/** Where the SQLite file is. */
export function sqlitePath({ databaseUrl, data }: Pick<Settings, 'databaseUrl' | 'data'>): string {
  return databaseUrl === null ? join(data, 'doorward.sqlite3') : databaseUrl.slice('sqlite:'.length)
}
